use wa_client::{Error, ErrorKind, Event, EventEnvelope, Result};

use crate::args::ListenArgs;
use crate::session::Session;
use crate::{DONE, print_line_of_json};

/// Prints events until interrupted or the session is over. A QR code on the way is an event like any other; so is `lagged`,
/// which is printed whatever was asked for.
pub(crate) async fn run(session: &mut Session, args: ListenArgs) -> Result<u8> {
    let wanted = |envelope: &EventEnvelope| {
        let name = envelope.event.name();
        args.events.is_empty() || name == "lagged" || args.events.iter().any(|wanted| wanted == name)
    };
    let (client, events) = (&session.client, &session.events);
    let start = client.initialize();
    let print_all = async {
        while let Some(envelope) = events.next().await {
            if wanted(&envelope) {
                print_line_of_json(&envelope.to_json()?)?;
            }
            if let Event::Disconnected(end) = &envelope.event
                && !end.will_retry
            {
                let why = format!("the session is over: {}", end.reason);
                return Err(Error::new(ErrorKind::Disconnected, "listen", why));
            }
        }
        Ok(())
    };
    tokio::try_join!(async { start.await.map(drop) }, print_all)?;
    Ok(DONE)
}
