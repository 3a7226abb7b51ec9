//! Certificates made for a test, good and bad.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::path::Path;
use std::sync::Arc;

/// What certificate a server shows; all but `Untrusted` are signed by the authority whose certificate the client is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    Good,
    OtherName,
    Expired,
    Untrusted,
}

/// How a server for `localhost` speaks TLS with such a certificate; the authority to trust is written to `ca_file`.
pub(crate) fn certify(certificate: Certificate, ca_file: &Path) -> ServerConfig {
    let authority = authority("Test authority");
    std::fs::write(ca_file, authority.pem()).unwrap();
    let issuer = match certificate {
        Certificate::Untrusted => self::authority("Some other authority"),
        _ => authority,
    };
    let name = match certificate {
        Certificate::OtherName => "mail.example.net",
        _ => "localhost",
    };
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if certificate == Certificate::Expired {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let signed = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], key.into())
        .unwrap()
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, name.to_owned());
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
