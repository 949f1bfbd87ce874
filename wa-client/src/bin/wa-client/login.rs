use std::time::Duration;

use wa_client::{ConnectionStatus, DisconnectReason, Error, ErrorKind, Event, PhoneNumber, Result, qr};

use crate::args::LoginArgs;
use crate::session::Session;
use crate::{DONE, print};

pub(crate) async fn run(session: &mut Session, args: LoginArgs) -> Result<u8> {
    match args.timeout {
        None => link(session, &args).await,
        Some(limit) => tokio::time::timeout(limit, link(session, &args)).await.map_err(|_| expired(limit))?,
    }
}

fn expired(limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, "login", format!("nobody linked the account within {} s", limit.as_secs()))
}

async fn link(session: &mut Session, args: &LoginArgs) -> Result<u8> {
    session.client.initialize().await?;
    if let Some(phone) = args.phone.as_ref().filter(|_| !linked(session)) {
        print("On the phone: Settings, Linked devices, Link a device, Link with phone number instead.")?;
        print_code(session, phone).await?;
    }
    while session.client.connection_status().status != ConnectionStatus::Ready {
        let Some(envelope) = session.events.next().await else {
            return Err(Error::new(ErrorKind::Stopped, "login", "the client was stopped"));
        };
        match &envelope.event {
            Event::Qr(code) if args.phone.is_none() => {
                print(&qr::terminal(&code.payload)?)?;
                print(&format!(
                    "Code {} of {}, until {}. On the phone: Settings, Linked devices.",
                    code.attempt, code.of, code.expires_at
                ))?;
            }
            // The code has expired or was withdrawn, and the page is back at its QR codes.
            Event::Qr(_) if session.client.connection_status().phase.name() == "waiting_for_scan" => {
                if let Some(phone) = &args.phone {
                    print_code(session, phone).await?;
                }
            }
            Event::LoadingScreen(progress) => print(&format!("Syncing, {} %", progress.percent))?,
            Event::Authenticated(done) if !done.restored => print("Linked.")?,
            // Of a link that was there before; another can be made.
            Event::AuthFailure(failure) if is_loss(&failure.reason) => print("The account has to be linked again.")?,
            Event::Disconnected(end) if is_loss(&end.reason) => {}
            Event::AuthFailure(failure) => {
                let why = format!("linking was refused: {}", failure.reason);
                return Err(Error::new(ErrorKind::NotAuthenticated, "login", why));
            }
            Event::Disconnected(end) if !end.will_retry => {
                let why = format!("the session is over: {}", end.reason);
                return Err(Error::new(ErrorKind::Disconnected, "login", why));
            }
            _ => {}
        }
    }
    print("Ready.")?;
    Ok(DONE)
}

async fn print_code(session: &Session, phone: &PhoneNumber) -> Result<()> {
    let pairing = session.client.request_pairing_code(phone).await?;
    print(&format!("Code: {}", pairing.code))?;
    print(&format!("It is valid until {}.", pairing.expires_at))
}

fn is_loss(reason: &DisconnectReason) -> bool {
    matches!(reason, DisconnectReason::LoggedOut { .. })
}

fn linked(session: &Session) -> bool {
    matches!(session.client.connection_status().status, ConnectionStatus::Authenticated | ConnectionStatus::Ready)
}
