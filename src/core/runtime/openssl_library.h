#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/runtime/shared_library.h"

namespace mscomm {

/// OpenSSL's functions under their own names, loaded on demand. Linking libssl and libcrypto would
/// cost every start the lookup of some 4000 symbols and 20 000 relocations, which only TLS, base64
/// and SHA-256 need. Macros of its headers that call functions are written out where needed.
struct OpensslLibrary : LibraryTable<OpensslLibrary> {
  static_assert(OPENSSL_VERSION_MAJOR == 3, "the name of the library is that of OpenSSL 3");

  // A lookup in libssl also searches libcrypto, on which it depends.
  OpensslLibrary();

  decltype(&::ERR_clear_error) ERR_clear_error = function("ERR_clear_error");
  decltype(&::ERR_peek_last_error) ERR_peek_last_error = function("ERR_peek_last_error");
  decltype(&::ERR_reason_error_string) ERR_reason_error_string =
      function("ERR_reason_error_string");

  decltype(&::CRYPTO_get_ex_new_index) CRYPTO_get_ex_new_index =
      function("CRYPTO_get_ex_new_index");

  decltype(&::EVP_EncodeBlock) EVP_EncodeBlock = function("EVP_EncodeBlock");
  decltype(&::EVP_DecodeBlock) EVP_DecodeBlock = function("EVP_DecodeBlock");
  decltype(&::EVP_Digest) EVP_Digest = function("EVP_Digest");
  decltype(&::EVP_sha256) EVP_sha256 = function("EVP_sha256");
  decltype(&::EVP_MD_CTX_new) EVP_MD_CTX_new = function("EVP_MD_CTX_new");
  decltype(&::EVP_MD_CTX_free) EVP_MD_CTX_free = function("EVP_MD_CTX_free");
  decltype(&::EVP_MD_CTX_copy_ex) EVP_MD_CTX_copy_ex = function("EVP_MD_CTX_copy_ex");
  decltype(&::EVP_DigestInit_ex) EVP_DigestInit_ex = function("EVP_DigestInit_ex");
  decltype(&::EVP_DigestUpdate) EVP_DigestUpdate = function("EVP_DigestUpdate");
  decltype(&::EVP_DigestFinal_ex) EVP_DigestFinal_ex = function("EVP_DigestFinal_ex");

  decltype(&::TLS_client_method) TLS_client_method = function("TLS_client_method");
  decltype(&::SSL_CTX_new) SSL_CTX_new = function("SSL_CTX_new");
  decltype(&::SSL_CTX_free) SSL_CTX_free = function("SSL_CTX_free");
  decltype(&::SSL_CTX_ctrl) SSL_CTX_ctrl = function("SSL_CTX_ctrl");
  decltype(&::SSL_CTX_set_verify) SSL_CTX_set_verify = function("SSL_CTX_set_verify");
  decltype(&::SSL_CTX_set_verify_depth) SSL_CTX_set_verify_depth =
      function("SSL_CTX_set_verify_depth");
  decltype(&::SSL_CTX_set_default_verify_paths) SSL_CTX_set_default_verify_paths =
      function("SSL_CTX_set_default_verify_paths");
  decltype(&::SSL_CTX_load_verify_locations) SSL_CTX_load_verify_locations =
      function("SSL_CTX_load_verify_locations");
  decltype(&::SSL_CTX_set_default_passwd_cb) SSL_CTX_set_default_passwd_cb =
      function("SSL_CTX_set_default_passwd_cb");
  decltype(&::SSL_CTX_use_certificate_chain_file) SSL_CTX_use_certificate_chain_file =
      function("SSL_CTX_use_certificate_chain_file");
  decltype(&::SSL_CTX_use_PrivateKey_file) SSL_CTX_use_PrivateKey_file =
      function("SSL_CTX_use_PrivateKey_file");

  decltype(&::SSL_CTX_set_ex_data) SSL_CTX_set_ex_data = function("SSL_CTX_set_ex_data");
  decltype(&::SSL_CTX_get_ex_data) SSL_CTX_get_ex_data = function("SSL_CTX_get_ex_data");
  decltype(&::SSL_CTX_set_info_callback) SSL_CTX_set_info_callback =
      function("SSL_CTX_set_info_callback");

  decltype(&::SSL_new) SSL_new = function("SSL_new");
  decltype(&::SSL_free) SSL_free = function("SSL_free");
  decltype(&::SSL_ctrl) SSL_ctrl = function("SSL_ctrl");
  decltype(&::SSL_set_fd) SSL_set_fd = function("SSL_set_fd");
  decltype(&::SSL_set_connect_state) SSL_set_connect_state = function("SSL_set_connect_state");
  decltype(&::SSL_do_handshake) SSL_do_handshake = function("SSL_do_handshake");
  decltype(&::SSL_read) SSL_read = function("SSL_read");
  decltype(&::SSL_write) SSL_write = function("SSL_write");
  decltype(&::SSL_get_error) SSL_get_error = function("SSL_get_error");
  decltype(&::SSL_get0_param) SSL_get0_param = function("SSL_get0_param");
  decltype(&::X509_VERIFY_PARAM_set1_host) X509_VERIFY_PARAM_set1_host =
      function("X509_VERIFY_PARAM_set1_host");
  decltype(&::X509_VERIFY_PARAM_set1_ip_asc) X509_VERIFY_PARAM_set1_ip_asc =
      function("X509_VERIFY_PARAM_set1_ip_asc");
  decltype(&::SSL_get_verify_result) SSL_get_verify_result = function("SSL_get_verify_result");
  decltype(&::SSL_get_verify_mode) SSL_get_verify_mode = function("SSL_get_verify_mode");
  decltype(&::X509_verify_cert_error_string) X509_verify_cert_error_string =
      function("X509_verify_cert_error_string");

  decltype(&::SSL_get_SSL_CTX) SSL_get_SSL_CTX = function("SSL_get_SSL_CTX");
  decltype(&::SSL_get_state) SSL_get_state = function("SSL_get_state");
  decltype(&::SSL_get_version) SSL_get_version = function("SSL_get_version");
  decltype(&::SSL_get_current_cipher) SSL_get_current_cipher = function("SSL_get_current_cipher");
  decltype(&::SSL_CIPHER_get_name) SSL_CIPHER_get_name = function("SSL_CIPHER_get_name");
  decltype(&::SSL_get1_peer_certificate) SSL_get1_peer_certificate =
      function("SSL_get1_peer_certificate");
  decltype(&::X509_free) X509_free = function("X509_free");
  decltype(&::X509_get_subject_name) X509_get_subject_name = function("X509_get_subject_name");
  decltype(&::X509_get_issuer_name) X509_get_issuer_name = function("X509_get_issuer_name");
  decltype(&::X509_NAME_oneline) X509_NAME_oneline = function("X509_NAME_oneline");
  decltype(&::X509_get0_notAfter) X509_get0_notAfter = function("X509_get0_notAfter");
  decltype(&::ASN1_TIME_to_tm) ASN1_TIME_to_tm = function("ASN1_TIME_to_tm");
};

inline const OpensslLibrary& openssl() { return OpensslLibrary::get(); }

}  // namespace mscomm
