#include "core/amqp/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/runtime/files.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

std::string last_tls_reason() {
  const auto code = openssl().ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : openssl().ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown reason";
}

// OpenSSL would prompt on the terminal for the pass phrase, which hangs a script.
int refuse_pass_phrase(char*, int, int, void*) { return 0; }

void load_certificate(SSL_CTX* context, const TlsOptions& options) {
  if (options.cert.empty()) {
    if (!options.key.empty()) {
      throw Error(Exit::usage, "a client key needs its certificate", "give --tls-cert too");
    }
    return;
  }
  const auto& cert = options.cert;
  const auto& key = options.key.empty() ? cert : options.key;
  open_regular_file(cert);
  open_regular_file(key);
  openssl().SSL_CTX_set_default_passwd_cb(context, refuse_pass_phrase);
  if (openssl().SSL_CTX_use_certificate_chain_file(context, cert.c_str()) != 1) {
    throw Error(Exit::usage,
                fmt::format("'{}' is no PEM certificate: {}", cert, last_tls_reason()));
  }
  if (openssl().SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw Error(Exit::usage, fmt::format("'{}' is no usable PEM key: {}", key, last_tls_reason()),
                "a key with a pass phrase is not supported: openssl pkey -in KEY -out PLAIN_KEY");
  }
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> binary{};
  return inet_pton(AF_INET, host.c_str(), binary.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), binary.data()) == 1;
}

std::string hint_for_verification(long result) {
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the certificate is for another name: use that name in the URL, or --tls-server-name";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the broker needs a new certificate";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "is the clock of this machine right?";
    default:
      return "--tls-ca FILE names the CA to trust; --insecure skips the verification";
  }
}

}  // namespace

TlsContext make_tls_context(const TlsOptions& options) {
  openssl().ERR_clear_error();
  TlsContext context(openssl().SSL_CTX_new(openssl().TLS_client_method()));
  if (!context) {
    throw Error(Exit::internal, fmt::format("OpenSSL gives no context: {}", last_tls_reason()));
  }
  openssl().SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
  openssl().SSL_CTX_ctrl(context.get(), SSL_CTRL_MODE,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
                         nullptr);
  openssl().SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_READ_AHEAD, 1, nullptr);
  openssl().SSL_CTX_set_verify(context.get(), options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                               nullptr);
  if (options.depth) {
    openssl().SSL_CTX_set_verify_depth(context.get(), *options.depth);
  }
  if (options.ca.empty()) {
    openssl().SSL_CTX_set_default_verify_paths(context.get());
  } else {
    open_regular_file(options.ca);
    if (openssl().SSL_CTX_load_verify_locations(context.get(), options.ca.c_str(), nullptr) != 1) {
      throw Error(Exit::usage,
                  fmt::format("'{}' holds no PEM certificate: {}", options.ca, last_tls_reason()));
    }
  }
  load_certificate(context.get(), options);
  return context;
}

TlsConnection make_tls_connection(SSL_CTX* context, int fd, const std::string& host,
                                  const TlsOptions& options) {
  TlsConnection connection(openssl().SSL_new(context));
  if (!connection || openssl().SSL_set_fd(connection.get(), fd) != 1) {
    throw Error(Exit::internal, fmt::format("OpenSSL gives no connection: {}", last_tls_reason()));
  }
  const auto& name = options.server_name.empty() ? host : options.server_name;
  auto* verification = openssl().SSL_get0_param(connection.get());
  if (is_address(name)) {
    openssl().X509_VERIFY_PARAM_set1_ip_asc(verification, name.c_str());
  } else {
    // SSL_set_tlsext_host_name, without the C cast of its macro.
    openssl().SSL_ctrl(connection.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       const_cast<char*>(name.c_str()));
    openssl().X509_VERIFY_PARAM_set1_host(verification, name.c_str(), name.size());
  }
  openssl().SSL_set_connect_state(connection.get());
  return connection;
}

Error tls_error(SSL* connection, const std::string& what) {
  const int system_error = errno;
  const auto verification = openssl().SSL_get_verify_result(connection);
  if (verification != X509_V_OK && openssl().SSL_get_verify_mode(connection) != SSL_VERIFY_NONE) {
    return {Exit::unreachable,
            fmt::format("cannot connect to {}: TLS: {}", what,
                        openssl().X509_verify_cert_error_string(verification)),
            hint_for_verification(verification)};
  }
  const auto code = openssl().ERR_peek_last_error();
  if (code == 0) {
    return {Exit::unreachable,
            fmt::format("cannot connect to {}: TLS: the other side closed the connection{}", what,
                        system_error == 0 ? "" : fmt::format(" ({})", std::strerror(system_error))),
            "does this port speak TLS? Without TLS the URL begins with amqp://"};
  }
  std::string hint;
  const int reason = ERR_GET_REASON(code);
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_UNEXPECTED_MESSAGE) {
    hint = "this port does not speak TLS: write amqp:// and its port, or use the TLS port";
  } else if (reason == SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE ||
             reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED) {
    hint = "the broker may ask for a client certificate: --tls-cert and --tls-key";
  } else if (reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
             reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
             reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN ||
             reason == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED) {
    hint = "the broker does not trust the client certificate: is --tls-cert from a CA of its own?";
  }
  return {Exit::unreachable, fmt::format("cannot connect to {}: TLS: {}", what, last_tls_reason()),
          hint};
}

}  // namespace mscomm
