// OpenSSL's functions under their own names; the first call of any loads the library.
//
// Linking libssl and libcrypto costs every start the lookup of some 4000 symbols and 20 000
// relocated addresses, which only amqps and binary bodies in JSON need to pay. Who calls OpenSSL
// includes its headers and knows nothing of this; a function that is missing here does not link.

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/runtime/shared_library.h"

namespace {

static_assert(OPENSSL_VERSION_MAJOR == 3, "the name of the library is that of OpenSSL 3");

// Looking into libssl is also looking into libcrypto, on which it depends.
const mscomm::SharedLibrary& openssl() {
  static const mscomm::SharedLibrary library("libssl.so.3",
                                             {"OpenSSL", "which TLS and binary bodies in JSON need",
                                              "install it: apt-get install libssl3"});
  return library;
}

template <class Function>
Function find(const char* symbol) {
  Function function = nullptr;
  openssl().find(symbol, function);
  return function;
}

}  // namespace

// The names are OpenSSL's, the parameters of the macro are types and lists.
// NOLINTBEGIN(readability-*,bugprone-macro-parentheses)
#define ON_DEMAND(result, name, parameters, arguments)                      \
  extern "C" __attribute__((visibility("hidden"))) result name parameters { \
    static const auto function = find<decltype(&name)>(#name);              \
    return function arguments;                                              \
  }

ON_DEMAND(void, ERR_clear_error, (), ())
ON_DEMAND(unsigned long, ERR_peek_last_error, (), ())
ON_DEMAND(const char*, ERR_reason_error_string, (unsigned long error), (error))
ON_DEMAND(int, EVP_EncodeBlock, (unsigned char* to, const unsigned char* from, int size),
          (to, from, size))
ON_DEMAND(int, EVP_DecodeBlock, (unsigned char* to, const unsigned char* from, int size),
          (to, from, size))
ON_DEMAND(int, EVP_Digest,
          (const void* data, size_t size, unsigned char* digest, unsigned* digest_size,
           const EVP_MD* type, ENGINE* engine),
          (data, size, digest, digest_size, type, engine))
ON_DEMAND(const EVP_MD*, EVP_sha256, (), ())
ON_DEMAND(const SSL_METHOD*, TLS_client_method, (), ())
ON_DEMAND(SSL_CTX*, SSL_CTX_new, (const SSL_METHOD* method), (method))
ON_DEMAND(void, SSL_CTX_free, (SSL_CTX * context), (context))
ON_DEMAND(long, SSL_CTX_ctrl, (SSL_CTX * context, int command, long number, void* pointer),
          (context, command, number, pointer))
ON_DEMAND(void, SSL_CTX_set_verify, (SSL_CTX * context, int mode, SSL_verify_cb callback),
          (context, mode, callback))
ON_DEMAND(int, SSL_CTX_set_default_verify_paths, (SSL_CTX * context), (context))
ON_DEMAND(int, SSL_CTX_load_verify_locations,
          (SSL_CTX * context, const char* file, const char* folder), (context, file, folder))
ON_DEMAND(void, SSL_CTX_set_default_passwd_cb, (SSL_CTX * context, pem_password_cb* callback),
          (context, callback))
ON_DEMAND(int, SSL_CTX_use_certificate_chain_file, (SSL_CTX * context, const char* file),
          (context, file))
ON_DEMAND(int, SSL_CTX_use_PrivateKey_file, (SSL_CTX * context, const char* file, int type),
          (context, file, type))
ON_DEMAND(SSL*, SSL_new, (SSL_CTX * context), (context))
ON_DEMAND(void, SSL_free, (SSL * connection), (connection))
ON_DEMAND(int, SSL_set_fd, (SSL * connection, int fd), (connection, fd))
ON_DEMAND(long, SSL_ctrl, (SSL * connection, int command, long number, void* pointer),
          (connection, command, number, pointer))
ON_DEMAND(X509_VERIFY_PARAM*, SSL_get0_param, (SSL * connection), (connection))
ON_DEMAND(int, X509_VERIFY_PARAM_set1_host,
          (X509_VERIFY_PARAM * parameters, const char* name, std::size_t length),
          (parameters, name, length))
ON_DEMAND(int, X509_VERIFY_PARAM_set1_ip_asc, (X509_VERIFY_PARAM * parameters, const char* address),
          (parameters, address))
ON_DEMAND(void, SSL_set_connect_state, (SSL * connection), (connection))
ON_DEMAND(int, SSL_do_handshake, (SSL * connection), (connection))
ON_DEMAND(int, SSL_read, (SSL * connection, void* into, int size), (connection, into, size))
ON_DEMAND(int, SSL_write, (SSL * connection, const void* from, int size), (connection, from, size))
ON_DEMAND(int, SSL_get_error, (const SSL* connection, int result), (connection, result))
ON_DEMAND(long, SSL_get_verify_result, (const SSL* connection), (connection))
ON_DEMAND(int, SSL_get_verify_mode, (const SSL* connection), (connection))
ON_DEMAND(const char*, X509_verify_cert_error_string, (long code), (code))
ON_DEMAND(const char*, SSL_get_version, (const SSL* connection), (connection))
ON_DEMAND(const SSL_CIPHER*, SSL_get_current_cipher, (const SSL* connection), (connection))
ON_DEMAND(const char*, SSL_CIPHER_get_name, (const SSL_CIPHER* cipher), (cipher))
ON_DEMAND(X509*, SSL_get1_peer_certificate, (const SSL* connection), (connection))
ON_DEMAND(void, X509_free, (X509 * certificate), (certificate))
ON_DEMAND(X509_NAME*, X509_get_subject_name, (const X509* certificate), (certificate))
ON_DEMAND(X509_NAME*, X509_get_issuer_name, (const X509* certificate), (certificate))
ON_DEMAND(char*, X509_NAME_oneline, (const X509_NAME* name, char* text, int size),
          (name, text, size))
ON_DEMAND(const ASN1_TIME*, X509_get0_notAfter, (const X509* certificate), (certificate))
ON_DEMAND(int, ASN1_TIME_to_tm, (const ASN1_TIME* time, tm* parts), (time, parts))
// NOLINTEND(readability-*,bugprone-macro-parentheses)
