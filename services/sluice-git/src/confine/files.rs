//! Landlock: which files and ports there are for us.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort,
    PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope,
};
use sluice_git::{GitError, job::Confinement, problem};

use super::Needs;

/// The newest version whose rights are known here; an older kernel gives fewer.
const NEWEST: ABI = ABI::V6;

/// Network rules came with version 4.
const NETWORK: u32 = 4;

/// Keeps us to what is needed, as far as the kernel does that.
pub(super) fn confine(needs: &Needs, confinement: &mut Confinement) -> Result<(), GitError> {
    let status = restrict(needs).map_err(|error| problem!(Local, "Landlock refuses: {error}"))?;
    confinement.landlock = match status.landlock {
        LandlockStatus::Available {
            effective_abi,
            kernel_abi,
        } => kernel_abi
            .and_then(|abi| u32::try_from(abi).ok())
            .unwrap_or(effective_abi as u32),
        _ => 0,
    };
    confinement.files = status.ruleset != RulesetStatus::NotEnforced;
    confinement.network = confinement.files && confinement.landlock >= NETWORK;
    match (confinement.files, confinement.network) {
        (true, true) => {}
        (true, false) => confinement
            .missing
            .push("the kernel's Landlock is too old to confine connections".into()),
        _ => confinement
            .missing
            .push("the kernel has no Landlock: files and connections are not confined".into()),
    }
    Ok(())
}

fn restrict(needs: &Needs) -> Result<landlock::RestrictionStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for (path, rights) in [
        (&needs.written, writing()),
        (&needs.read, AccessFs::ReadFile | AccessFs::ReadDir),
    ] {
        // One that is not there is found missing by whoever wants it.
        if let Some(Ok(folder)) = path.as_ref().map(PathFd::new) {
            rules = rules.add_rule(PathBeneath::new(folder, rights))?;
        }
    }
    for port in &needs.ports {
        rules = rules.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    rules.restrict_self()
}

/// Files and folders, and nothing that is anything else.
fn writing() -> BitFlags<AccessFs> {
    AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
}
