#include "core/http/tls_facts.h"

#include <array>
#include <ctime>
#include <memory>

#include "core/runtime/handle.h"
#include "core/runtime/openssl_library.h"

namespace mscomm {
namespace {

void free_certificate(X509* certificate) noexcept { openssl().X509_free(certificate); }

std::string name_of(const X509_NAME* name) {
  std::array<char, 512> text{};
  openssl().X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
  return text.data();
}

}  // namespace

TlsFacts tls_facts(const SSL* connection) {
  TlsFacts facts;
  facts.version = openssl().SSL_get_version(connection);
  const auto* const cipher = openssl().SSL_get_current_cipher(connection);
  facts.cipher = cipher == nullptr ? "" : openssl().SSL_CIPHER_get_name(cipher);
  const std::unique_ptr<X509, Deleter<free_certificate>> certificate(
      openssl().SSL_get1_peer_certificate(connection));
  if (certificate) {
    facts.subject = name_of(openssl().X509_get_subject_name(certificate.get()));
    facts.issuer = name_of(openssl().X509_get_issuer_name(certificate.get()));
    std::tm end{};
    if (openssl().ASN1_TIME_to_tm(openssl().X509_get0_notAfter(certificate.get()), &end) == 1) {
      facts.not_after = std::chrono::system_clock::from_time_t(timegm(&end));
    }
  }
  return facts;
}

}  // namespace mscomm
