use wa_client::Result;

use crate::args::SendArgs;
use crate::session::Session;
use crate::{DONE, print_json};

pub(crate) async fn run(session: &mut Session, args: SendArgs) -> Result<u8> {
    session.ready(args.timeout).await?;
    let mut send = session.client.send_message(args.to, args.text).until(args.until.into()).deadline(args.timeout);
    if let Some(id) = args.id {
        send = send.id(id);
    }
    print_json(&send.await?)?;
    Ok(DONE)
}
