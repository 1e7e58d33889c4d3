//! Tables of tab-separated values with a line of names.

use std::{collections::HashMap, path::Path};

use crate::read;

pub(crate) struct Row(HashMap<String, String>);

impl Row {
    pub(crate) fn get(&self, column: &str) -> &str {
        let value = self.0.get(column);
        value.unwrap_or_else(|| panic!("the table has no column `{column}`"))
    }
}

pub(crate) fn rows(path: &Path) -> Vec<Row> {
    let text = String::from_utf8(read(path)).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let names: Vec<_> = lines.next().unwrap().collect();
    let row = |values| Row(names.iter().cloned().zip(values).collect());
    lines.map(row).collect()
}
