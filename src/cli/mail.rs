//! `mail`: try the mail settings out.

use super::context::Context;
use super::exit_code::{ExitCode, Outcome};
use super::output;
use crate::alerts::digest::render_test_message;
use crate::config::Mail;
use crate::mail::{Outgoing, SendOutcome, transport};
use crate::report::terminal;
use lettre::message::Mailbox;

/// What to do with the mail settings.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// Send a test message to every configured address, or to one, and explain each failure
    Test(TestArgs),
}

/// Who gets the test message.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TestArgs {
    /// Send it to this address only; without it to everybody the configuration names
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<Mailbox>,
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let Args::Test(args) = args;
    let mail = &context.config.mail;
    let transport = transport(mail)?;
    let mut outcome = Outcome::done();
    for (place, to) in addresses(mail, args).into_iter().enumerate() {
        let sent = transport.send(&message(context, &to, place)?);
        let address = to.email.to_string();
        output::print(&format!("{}\n", terminal::visible(&told(&address, &sent))))?;
        if let SendOutcome::Transient(reason)
        | SendOutcome::Deferred(reason)
        | SendOutcome::Permanent(reason) = sent
        {
            outcome.note(ExitCode::MailLeft, format!("test message to {address}: {reason}"));
        }
    }
    Ok(outcome)
}

/// Each address once.
fn addresses(mail: &Mail, args: &TestArgs) -> Vec<Mailbox> {
    if let Some(to) = &args.to {
        return vec![to.clone()];
    }
    let mut all: Vec<Mailbox> = Vec::new();
    for one in mail
        .recipients
        .iter()
        .chain(&mail.escalate_to)
        .chain(&mail.operator)
    {
        if !all.iter().any(|known| known.email == one.email) {
            all.push(one.clone());
        }
    }
    all
}

fn told(address: &str, sent: &SendOutcome) -> String {
    match sent {
        SendOutcome::Sent { file: Some(file) } => format!("{address}: written to {}", file.display()),
        SendOutcome::Sent { file: None } => {
            format!("{address}: taken by the server; look whether it is in the inbox and not among the spam")
        }
        SendOutcome::Transient(_) => format!("{address}: not sent; the next run would try again"),
        SendOutcome::Deferred(_) => {
            format!("{address}: put off by the server; the next run would try again")
        }
        SendOutcome::Permanent(_) => format!("{address}: refused for good"),
    }
}

fn message(context: &Context, to: &Mailbox, place: usize) -> anyhow::Result<Outgoing> {
    let (config, moment) = (&context.config, context.moment);
    let domain = config.mail.from.email.domain();
    Ok(Outgoing {
        message_id: format!("<test.{}.{place}@{domain}>", moment.now.timestamp_millis()),
        from: config.mail.from.clone(),
        reply_to: config.mail.reply_to.clone(),
        to: to.clone(),
        date: moment.now,
        rendered: render_test_message(&config.practice.name, moment.today)?,
        references: Vec::new(),
        attachments: Vec::new(),
    })
}
