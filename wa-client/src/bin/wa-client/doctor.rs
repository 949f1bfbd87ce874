use wa_client::{Capability, CapabilityReport, CapabilityStatus, Result};

use crate::args::OutputArgs;
use crate::session::Session;
use crate::{DONE, INCOMPATIBLE, print, print_json};

/// Loads the page as every session does and prints what the check found. No account is needed.
pub(crate) async fn run(session: &mut Session, args: OutputArgs) -> Result<u8> {
    let report = session.client.doctor().await?;
    if args.json {
        print_json(&report)?;
    } else {
        print_table(&report)?;
    }
    Ok(if report.missing_core().is_empty() { DONE } else { INCOMPATIBLE })
}

fn print_table(report: &CapabilityReport) -> Result<()> {
    print(&format!("WhatsApp Web {}", report.web_version.as_deref().unwrap_or("of unknown version")))?;
    let width = report.capabilities.iter().map(|capability| capability.name.len()).max().unwrap_or(0);
    for capability in &report.capabilities {
        let status = match capability.status {
            CapabilityStatus::Ok => "ok",
            CapabilityStatus::Fallback => "fallback",
            CapabilityStatus::Missing => "MISSING",
        };
        let core = if capability.core { "core" } else { "" };
        let name = &capability.name;
        print(format!("{name:width$}  {core:4}  {status:8}  {}", place(capability)).trim_end())?;
    }
    let missing =
        report.capabilities.iter().filter(|capability| capability.status == CapabilityStatus::Missing).count();
    print(&match (missing, report.missing_core().len()) {
        (0, _) => "Everything was found.".to_owned(),
        (missing, 0) => format!("{missing} missing; everything else works."),
        (missing, core) => format!("{missing} missing, {core} of them core: this version cannot be used."),
    })
}

/// Where it was found; where it was looked for, when it was not.
fn place(capability: &Capability) -> String {
    match (&capability.module, &capability.export) {
        _ if capability.status == CapabilityStatus::Missing && !capability.tried.is_empty() => {
            let problem = capability.problem.as_ref().map_or(String::new(), |problem| format!(" ({problem})"));
            format!("tried {}{problem}", capability.tried.join(", "))
        }
        (Some(module), Some(export)) => format!("{module}.{export}"),
        (Some(module), None) => module.clone(),
        _ => String::new(),
    }
}
