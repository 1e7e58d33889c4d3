//! Keys are replaced: what was sealed to one is moved to the next, while those who open it go on.

mod left;
mod moved;

use std::collections::BTreeSet;

use sluice_bus::Records;
use sluice_events::v1::{Credential, SealedValue};
use sluice_registry::{KeyClass, OpeningKeys, SealingKey, keys, open_credential};

use crate::site::Site;

const TOKEN: &str = "ghp_canary7Kq2mX9vB4tR8wZ1";
const SECRET: &str = "canary-hook-secret-0123456789";

const TO_NEW: [&str; 8] = [
    "keys",
    "reseal",
    "--class",
    "credentials",
    "--old-key",
    "keys/credentials.key",
    "--new-pub",
    "new/credentials.pub",
];

/// A site with new keys beside the present ones, and with these credentials and an endpoint.
async fn site(credentials: usize) -> Site {
    let site = Site::start().await;
    site.does(&["keys", "new", "--folder", "new"]).await;
    site.file("handed-over/token", TOKEN);
    let mut manifest = format!(
        "apiVersion: sluice.dev/v1\nkind: Endpoint\nmetadata: {{name: acme}}\nspec: {{host: github, scope: {{owner: acme}}, secrets: [{{kind: hmac, value: {SECRET}}}]}}\n"
    );
    for number in 0..credentials {
        manifest += &format!(
            "---\napiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {{name: bot{number}}}\nspec: {{host: github, token: {{file: handed-over/token}}}}\n"
        );
    }
    let applied = site.apply(&manifest).await;
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    site
}

impl Site {
    async fn values(&self) -> Records<SealedValue> {
        Records::new(&self.bus("operator").await, keys::CREDENTIAL_VALUES)
    }

    /// To which keys credentials are sealed.
    async fn sealed_to(&self) -> BTreeSet<String> {
        let values = self.values().await.all().await.unwrap();
        values
            .into_iter()
            .map(|value| value.record.key_id)
            .collect()
    }

    fn public(&self, folder: &str) -> SealingKey {
        let path = self.folder().join(folder).join("credentials.pub");
        SealingKey::load(KeyClass::Credentials, &path).unwrap()
    }

    fn opening(&self, folders: &[&str]) -> OpeningKeys {
        let path = |folder: &&str| self.folder().join(folder).join("credentials.key");
        let paths: Vec<_> = folders.iter().map(path).collect();
        OpeningKeys::load(KeyClass::Credentials, &paths).unwrap()
    }

    /// Opens every credential as sync does, and counts them.
    async fn open_all(&self, opening: &OpeningKeys) -> Result<usize, String> {
        let bus = self.bus("sync").await;
        let records = Records::<Credential>::new(&bus, keys::CREDENTIALS);
        let values = Records::<SealedValue>::new(&bus, keys::CREDENTIAL_VALUES);
        let mut opened = 0;
        for record in records.all().await.unwrap() {
            let Credential {
                project,
                name,
                version,
                ..
            } = &record.record;
            let key = keys::credential_value(project, name, *version);
            let value = values.get(&key).await.unwrap().map(|value| value.record);
            let token = open_credential(&record.record, value, opening);
            let token = token.map_err(|problem| problem.to_string())?;
            assert_eq!(token.expose(), TOKEN.as_bytes());
            opened += 1;
        }
        Ok(opened)
    }
}
