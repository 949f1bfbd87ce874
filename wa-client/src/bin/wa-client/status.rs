use wa_client::{ErrorKind, Result};

use crate::args::StatusArgs;
use crate::session::Session;
use crate::{DONE, NOT_LINKED, print, print_json};

/// Connects, because only the server knows whether the account is still linked.
pub(crate) async fn run(session: &mut Session, args: StatusArgs) -> Result<u8> {
    let code = match session.ready(args.timeout).await {
        Ok(()) => DONE,
        Err(error) if error.kind() == ErrorKind::NotAuthenticated => NOT_LINKED,
        Err(error) => return Err(error),
    };
    let now = session.client.connection_status();
    if args.json {
        print_json(&now)?;
        return Ok(code);
    }
    print(&format!("session   {}", now.session))?;
    print(&format!("status    {}", now.status))?;
    print(&format!("phase     {}", now.phase))?;
    if let Some(me) = &now.me {
        print(&format!("account   {}", me.phone))?;
    }
    if let Some(version) = &now.web_version {
        print(&format!("version   {version}"))?;
    }
    Ok(code)
}
