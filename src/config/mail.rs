//! The `[mail]` table: what a transport needs is asked for only where that transport is chosen, everything else
//! that is written is checked all the same.

use super::raw::Written;
use super::valid::{Check, is_loopback};
use super::{Credentials, Mail, Pace, Smtp, Tls, Transport};
use lettre::message::Mailbox;
use std::path::PathBuf;

/// The sender where mail goes into a folder or nowhere and the file names none.
const LOCAL_SENDER: &str = "HCPCS Watch <hcpcs-watch@localhost>";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Smtp,
    File,
    None,
}

/// Checks the table; none where something is wrong, which is then told.
pub(super) fn convert(check: &mut Check) -> Option<Mail> {
    let way = check.parsed("mail", "transport", |text| match text {
        "smtp" => Ok(Way::Smtp),
        "file" => Ok(Way::File),
        "none" => Ok(Way::None),
        _ => Err("expected \"smtp\", \"file\" or \"none\"".to_owned()),
    });
    let folder = check.path_that("mail", "folder", |path| {
        (!path.is_file())
            .then_some(())
            .ok_or("this is a file; expected the path of a folder")
    });
    let smtp = smtp(check, way == Some(Way::Smtp));
    let from = sender(check, way);
    let recipients = recipients(check, way);
    let operator = optional_mailbox(check, "operator");
    let reply_to = optional_mailbox(check, "reply_to");
    let escalate_to = addresses(check, "escalate_to");
    let pace = pace(check);
    let transport = match way? {
        Way::Smtp => Transport::Smtp(smtp?),
        Way::File => Transport::Folder(folder?),
        Way::None => Transport::None,
    };
    Some(Mail {
        transport,
        from: from?,
        recipients: recipients?,
        operator,
        reply_to,
        escalate_to: escalate_to?,
        pace: pace?,
    })
}

fn pace(check: &mut Check) -> Option<Pace> {
    let repeat_every_days = check.days("mail", "repeat_every_days");
    let escalate_after_days = check.days("mail", "escalate_after_days");
    let quiet_quarter_mail = check.boolean("mail", "quiet_quarter_mail");
    let give_up_after_days = check.days("mail", "give_up_after_days");
    Some(Pace {
        repeat_every_days: repeat_every_days?,
        escalate_after_days: escalate_after_days?,
        quiet_quarter_mail: quiet_quarter_mail?,
        give_up_after_days: give_up_after_days?,
    })
}

fn smtp(check: &mut Check, is_used: bool) -> Option<Smtp> {
    let host = host(check, is_used);
    let tls = check.parsed("mail", "tls", |text| match text {
        "starttls" => Ok(Tls::StartTls),
        "implicit" => Ok(Tls::Implicit),
        "none" => Ok(Tls::None),
        _ => Err("expected \"starttls\", \"implicit\" or, to this machine only, \"none\"".to_owned()),
    });
    let port = port(check, tls);
    let username = check.text("mail", "username");
    let password_env = check.parsed("mail", "password_env", variable_name);
    let password_file = check.optional_path("mail", "password_file");
    let ca_file: Option<PathBuf> =
        check.existing_file("mail", "ca_file", "a PEM file of certificate authorities");
    let (host, tls) = (host?, tls?);
    if is_used && tls == Tls::None && !is_loopback(&host) {
        let line = check.text("mail", "tls").and_then(|written| written.line);
        let reason = format!(
            "mail to {host} would travel unprotected; use \"starttls\" or \"implicit\" (\"none\" is for loopback only)"
        );
        check.problem("mail", "tls", line, Some("\"none\""), &reason);
        return None;
    }
    let username = username?.value;
    let password_env = password_env?;
    let credentials = (!username.is_empty()).then_some(Credentials {
        username,
        password_env,
        password_file,
    });
    Some(Smtp {
        host,
        port: port?,
        tls,
        credentials,
        ca_file,
    })
}

fn host(check: &mut Check, is_used: bool) -> Option<String> {
    let host = if is_used {
        check.required(
            "mail",
            "host",
            "the name of the mail server, such as smtp.example.org",
        )?
    } else {
        check.text("mail", "host")?
    };
    let bare = host.value.trim_start_matches('[').trim_end_matches(']');
    if bare.is_empty() || url::Host::parse(bare).is_ok() || bare.parse::<std::net::IpAddr>().is_ok() {
        return Some(bare.to_owned());
    }
    let shown = format!("{:?}", host.value);
    let reason =
        "expected the bare name of a server, such as smtp.example.org, without `://`, port or blanks";
    check.problem("mail", "host", host.line, Some(&shown), reason);
    None
}

/// The port as written, else the usual one for the protection: 587, 465 or 25.
fn port(check: &mut Check, tls: Option<Tls>) -> Option<u16> {
    let Some(Written { line, value }) = check.written_integer("mail", "port") else {
        return Some(match tls {
            Some(Tls::StartTls) | None => 587,
            Some(Tls::Implicit) => 465,
            Some(Tls::None) => 25,
        });
    };
    match u16::try_from(value) {
        Ok(port) if port != 0 => Some(port),
        _ => {
            let reason = "expected a port from 1 to 65535, usually 587 (starttls) or 465 (implicit)";
            check.problem("mail", "port", line, Some(&value.to_string()), reason);
            None
        }
    }
}

fn variable_name(text: &str) -> Result<String, String> {
    let mut characters = text.chars();
    let is_name = characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_name.then(|| text.to_owned()).ok_or_else(|| {
        "expected the name of an environment variable: letters, digits and `_`, such as HCPCS_WATCH_SMTP_PASSWORD; the password itself never stands in this file".to_owned()
    })
}

fn sender(check: &mut Check, way: Option<Way>) -> Option<Mailbox> {
    let given = if way == Some(Way::Smtp) {
        check
            .required(
                "mail",
                "from",
                "the sender, such as HCPCS Watch <alerts@example.org>",
            )?
            .value
    } else {
        check
            .text("mail", "from")
            .map(|written| written.value)
            .unwrap_or_default()
    };
    if given.is_empty() {
        return mailbox(LOCAL_SENDER).ok();
    }
    check.parsed("mail", "from", mailbox)
}

fn recipients(check: &mut Check, way: Option<Way>) -> Option<Vec<Mailbox>> {
    let recipients = addresses(check, "recipients")?;
    let is_empty = check
        .list("mail", "recipients")
        .is_none_or(|written| written.is_empty());
    if is_empty && way.is_some_and(|way| way != Way::None) {
        let reason = "at least one recipient must be given, such as [\"billing@example.org\"], unless transport = \"none\"";
        check.problem("mail", "recipients", None, None, reason);
        return None;
    }
    Some(recipients)
}

/// The addresses of a list, each once.
fn addresses(check: &mut Check, name: &str) -> Option<Vec<Mailbox>> {
    let written = check.list("mail", name)?;
    let mut recipients: Vec<Mailbox> = Vec::new();
    let mut all_good = true;
    for (line, text) in &written {
        let problem = match mailbox(text) {
            Ok(recipient) if recipients.iter().any(|known| known.email == recipient.email) => {
                "this address stands here twice; name each recipient once".to_owned()
            }
            Ok(recipient) => {
                recipients.push(recipient);
                continue;
            }
            Err(reason) => reason,
        };
        all_good = false;
        check.problem("mail", name, Some(*line), Some(&format!("{text:?}")), &problem);
    }
    all_good.then_some(recipients)
}

fn optional_mailbox(check: &mut Check, name: &str) -> Option<Mailbox> {
    check.parsed("mail", name, |text| {
        if text.is_empty() {
            Ok(None)
        } else {
            mailbox(text).map(Some)
        }
    })?
}

/// One address with or without a name. The whole text must be the address: the parser beneath stops at the end of
/// the first one and would lose a second.
fn mailbox(text: &str) -> Result<Mailbox, String> {
    const EXPECTED: &str =
        "expected one address, such as billing@example.org or Billing <billing@example.org>";
    let mailbox: Mailbox = text.parse().map_err(|error| format!("{error}; {EXPECTED}"))?;
    let address = mailbox.email.to_string();
    let is_whole = text == address || text.ends_with(&format!("<{address}>"));
    is_whole.then_some(mailbox).ok_or_else(|| EXPECTED.to_owned())
}
