//! Which certificates a server may have: those of the machine's authorities, those of authorities that are named, and
//! each that is named itself.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
};
use rustls_platform_verifier::Verifier;

/// What is said of a certificate that an authority has, and a server uses as its own. The type of the error is no part
/// of what the library shows.
pub(super) const OF_AN_AUTHORITY: &str = "CaUsedAsEndEntity";

/// Trusts what is named, beside what the machine does.
#[derive(Debug)]
struct Trust {
    named: Vec<CertificateDer<'static>>,
    /// Trusts the machine's authorities, and those that are named.
    usual: Verifier,
}

/// How to speak TLS with a server whose certificate may be one of these, or of one of these authorities.
pub(super) fn config(
    named: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, Error> {
    let usual = Verifier::new_with_extra_roots(named.to_vec(), Arc::clone(&provider))?;
    let trust = Trust { named: named.to_vec(), usual };
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(trust));
    Ok(config.with_no_client_auth())
}

impl ServerCertVerifier for Trust {
    /// What tools write as a self-signed certificate is one for an authority. Used as a server's own it is refused, or
    /// has no issuer, once its dates were found right; its name has to be right too.
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let usual = self.usual.verify_server_cert(own, others, name, ocsp, now);
        match &usual {
            Err(Error::InvalidCertificate(why))
                if lacks_issuer(why) && self.named.contains(own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            _ => usual,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether nothing is wrong with a certificate but that no authority vouches for it.
fn lacks_issuer(why: &CertificateError) -> bool {
    match why {
        CertificateError::UnknownIssuer => true,
        CertificateError::Other(OtherError(inner)) => inner.to_string() == OF_AN_AUTHORITY,
        _ => false,
    }
}
