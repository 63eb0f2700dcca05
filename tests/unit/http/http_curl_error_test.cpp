#include "core/http/curl_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>

#include "core/http/curl_library.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

using testing::HasSubstr;

HttpFailure described(const CurlFailure& failure, int status = 0) {
  HttpRequest request;
  request.url = parse_http_url("http://service-b/x");
  HttpResponse response;
  response.status = status;
  return describe(failure, request, response);
}

HttpFailure described(CURLcode code, const std::string& detail = {}) {
  CurlFailure failure;
  failure.code = code;
  failure.detail = detail;
  return described(failure);
}

// What each code means before anything was sent, for a GET and a POST that were sent and not
// answered, and for both once an answer has begun that has no readable status.
struct Meaning {
  Exit unsent;
  Exit get;
  Exit post;
  Exit get_answered;
  Exit post_answered;
  bool operator==(const Meaning&) const = default;
};

constexpr Meaning everywhere(Exit exit) { return {exit, exit, exit, exit, exit}; }

constexpr auto kLost = Meaning{Exit::unreachable, Exit::unreachable, Exit::in_doubt,
                               Exit::unreachable, Exit::in_doubt};
constexpr auto kLate =
    Meaning{Exit::timeout, Exit::timeout, Exit::in_doubt, Exit::timeout, Exit::in_doubt};
constexpr auto kSetting = everywhere(Exit::usage);
constexpr auto kDenied = everywhere(Exit::denied);
constexpr auto kBug = everywhere(Exit::internal);

// A mistake of ours, unless an answer has begun: then it is the server's.
constexpr Meaning unless_answered(Exit exit, Exit get = Exit::unreachable) {
  return {exit, exit, exit, get, Exit::in_doubt};
}

const std::map<int, Meaning> meanings{
    {CURLE_UNSUPPORTED_PROTOCOL, unless_answered(Exit::usage)},
    {CURLE_FAILED_INIT, kBug},
    {CURLE_URL_MALFORMAT, kSetting},
    {CURLE_NOT_BUILT_IN, kBug},
    {CURLE_COULDNT_RESOLVE_PROXY, kLost},
    {CURLE_COULDNT_RESOLVE_HOST, kLost},
    {CURLE_COULDNT_CONNECT, kLost},
    {CURLE_WEIRD_SERVER_REPLY, kLost},
    {CURLE_HTTP2, kLost},
    {CURLE_PARTIAL_FILE, kLost},
    {CURLE_WRITE_ERROR, unless_answered(Exit::io)},
    {CURLE_READ_ERROR, everywhere(Exit::io)},
    {CURLE_OUT_OF_MEMORY, unless_answered(Exit::internal, Exit::failed)},
    {CURLE_OPERATION_TIMEDOUT, kLate},
    {CURLE_SSL_CONNECT_ERROR, kLost},
    {CURLE_FUNCTION_NOT_FOUND, kBug},
    {CURLE_ABORTED_BY_CALLBACK, kBug},
    {CURLE_BAD_FUNCTION_ARGUMENT, unless_answered(Exit::internal)},
    {CURLE_INTERFACE_FAILED, kLost},
    {CURLE_UNKNOWN_OPTION, kBug},
    {CURLE_SETOPT_OPTION_SYNTAX, kBug},
    {CURLE_GOT_NOTHING, kLost},
    {CURLE_SSL_ENGINE_NOTFOUND, kSetting},
    {CURLE_SSL_ENGINE_SETFAILED, kSetting},
    {CURLE_SEND_ERROR, kLost},
    {CURLE_RECV_ERROR, kLost},
    {CURLE_SSL_CERTPROBLEM, kSetting},
    {CURLE_SSL_CIPHER, kSetting},
    {CURLE_PEER_FAILED_VERIFICATION, kLost},
    {CURLE_BAD_CONTENT_ENCODING, kLost},
    {CURLE_USE_SSL_FAILED, kLost},
    {CURLE_SEND_FAIL_REWIND, kLost},
    {CURLE_SSL_ENGINE_INITFAILED, kSetting},
    {CURLE_LOGIN_DENIED, kDenied},
    {CURLE_SSL_CACERT_BADFILE, kSetting},
    {CURLE_SSL_SHUTDOWN_FAILED, kLost},
    {CURLE_SSL_CRL_BADFILE, kSetting},
    {CURLE_SSL_ISSUER_ERROR, kLost},
    {CURLE_NO_CONNECTION_AVAILABLE, kBug},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, kLost},
    {CURLE_SSL_INVALIDCERTSTATUS, kLost},
    {CURLE_HTTP2_STREAM, kLost},
    {CURLE_RECURSIVE_API_CALL, kBug},
    {CURLE_AUTH_ERROR, kDenied},
    {CURLE_HTTP3, kLost},
    {CURLE_QUIC_CONNECT_ERROR, kLost},
    {CURLE_PROXY, kLost},
    {CURLE_SSL_CLIENTCERT, kLost},
    {CURLE_UNRECOVERABLE_POLL, kBug},
    {100, {Exit::unreachable, Exit::unreachable, Exit::in_doubt, Exit::failed, Exit::in_doubt}}};

// Of FTP, mail and files, and of options that are not set.
const std::set<int> others{CURLE_REMOTE_ACCESS_DENIED,
                           CURLE_FTP_ACCEPT_FAILED,
                           CURLE_FTP_WEIRD_PASS_REPLY,
                           CURLE_FTP_ACCEPT_TIMEOUT,
                           CURLE_FTP_WEIRD_PASV_REPLY,
                           CURLE_FTP_WEIRD_227_FORMAT,
                           CURLE_FTP_CANT_GET_HOST,
                           CURLE_FTP_COULDNT_SET_TYPE,
                           CURLE_FTP_COULDNT_RETR_FILE,
                           CURLE_QUOTE_ERROR,
                           CURLE_HTTP_RETURNED_ERROR,
                           CURLE_UPLOAD_FAILED,
                           CURLE_FTP_PORT_FAILED,
                           CURLE_FTP_COULDNT_USE_REST,
                           CURLE_RANGE_ERROR,
                           CURLE_HTTP_POST_ERROR,
                           CURLE_BAD_DOWNLOAD_RESUME,
                           CURLE_FILE_COULDNT_READ_FILE,
                           CURLE_LDAP_CANNOT_BIND,
                           CURLE_LDAP_SEARCH_FAILED,
                           CURLE_TOO_MANY_REDIRECTS,
                           CURLE_FILESIZE_EXCEEDED,
                           CURLE_TFTP_NOTFOUND,
                           CURLE_TFTP_PERM,
                           CURLE_REMOTE_DISK_FULL,
                           CURLE_TFTP_ILLEGAL,
                           CURLE_TFTP_UNKNOWNID,
                           CURLE_REMOTE_FILE_EXISTS,
                           CURLE_TFTP_NOSUCHUSER,
                           CURLE_REMOTE_FILE_NOT_FOUND,
                           CURLE_SSH,
                           CURLE_AGAIN,
                           CURLE_FTP_PRET_FAILED,
                           CURLE_RTSP_CSEQ_ERROR,
                           CURLE_RTSP_SESSION_ERROR,
                           CURLE_FTP_BAD_FILE_LIST,
                           CURLE_CHUNK_FAILED};

Exit meaning(int code, const std::string& method, bool sent, bool answered) {
  CurlFailure failure;
  failure.code = static_cast<CURLcode>(code);
  failure.sent = sent;
  failure.answered = answered;
  HttpRequest request;
  request.method = method;
  request.url = parse_http_url("http://service-b/x");
  return describe(failure, request, {}).reason;
}

TEST(CurlError, EveryCodeOfTheInstalledLibraryHasItsExitCode) {
  constexpr int kNoCode = 127;  // the last that the enumeration has room for
  int known = 0;
  const std::string unknown = CurlLibrary::get().easy_strerror(static_cast<CURLcode>(kNoCode));
  for (int code = 1; code < kNoCode; ++code) {
    const std::string text = CurlLibrary::get().easy_strerror(static_cast<CURLcode>(code));
    if (text == unknown && !meanings.contains(code)) {
      continue;  // there is none, or not any more
    }
    ++known;
    const auto found = meanings.find(code);
    ASSERT_TRUE(found != meanings.end() || others.contains(code)) << code << ": " << text;
    const auto expected = found == meanings.end() ? kLost : found->second;
    const Meaning actual{meaning(code, "POST", false, false), meaning(code, "GET", true, false),
                         meaning(code, "POST", true, false), meaning(code, "GET", true, true),
                         meaning(code, "POST", true, true)};
    EXPECT_TRUE(actual == expected) << code << ": " << text;
    EXPECT_EQ(meaning(code, "GET", false, false), expected.unsent) << code << ": " << text;
    for (const auto* method : {"HEAD", "PUT", "DELETE"}) {
      EXPECT_EQ(meaning(code, method, true, true), expected.get_answered) << code << ": " << text;
    }
    EXPECT_EQ(meaning(code, "PATCH", true, true), expected.post_answered) << code << ": " << text;
  }
  EXPECT_GE(known, 80);
}

HttpFailure post_failure(CURLcode code, const std::string& detail = {}, int status = 0) {
  CurlFailure failure;
  failure.code = code;
  failure.detail = detail;
  failure.sent = true;
  HttpRequest request;
  request.method = "POST";
  request.url = parse_http_url("https://service-b/x");
  HttpResponse response;
  response.status = status;
  return describe(failure, request, response);
}

TEST(CurlError, APostThatWasSentIsInDoubtThoughTheNextConnectionFails) {
  for (const auto code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST,
                          CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION}) {
    const auto failure = post_failure(code);
    EXPECT_EQ(failure.reason, Exit::in_doubt) << code;
    EXPECT_EQ(failure.fault, HttpFault::reset) << code;
    EXPECT_THAT(failure.message, HasSubstr("ended without an answer, and then ")) << code;
  }
}

TEST(CurlError, AServerThatRefusesTheClientsCertificateHasNotDoneAnything) {
  const std::string alert = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert ";
  const auto refused = post_failure(CURLE_RECV_ERROR, alert + "certificate required, errno 0");
  EXPECT_EQ(refused.reason, Exit::unreachable);
  EXPECT_EQ(refused.fault, HttpFault::tls);
  EXPECT_THAT(refused.hint, HasSubstr("--tls-cert"));
  const auto failed = post_failure(CURLE_RECV_ERROR, alert + "internal error, errno 0");
  EXPECT_EQ(failed.reason, Exit::in_doubt);
  EXPECT_EQ(failed.fault, HttpFault::reset);
}

TEST(CurlError, AServerThatAskedForACertificateMayJustEndTheConnection) {
  CurlFailure failure;
  failure.misses_certificate = true;
  for (const auto code :
       {CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_SSL_CONNECT_ERROR}) {
    failure.code = code;
    EXPECT_THAT(described(failure).hint, HasSubstr("--tls-cert")) << code;
  }
  failure.code = CURLE_RECV_ERROR;
  EXPECT_EQ(described(failure, 200).hint, "");  // it let us in
}

TEST(CurlError, APostWhoseAnswerBreaksOffIsInDoubtAndTheStatusIsTold) {
  const auto failure = post_failure(CURLE_PARTIAL_FILE, "gone", 201);
  EXPECT_EQ(failure.reason, Exit::in_doubt);
  EXPECT_THAT(failure.hint, HasSubstr("answered 201"));
}

TEST(CurlError, WhatIsRefusedHereIsInDoubtUnlessItIsTheBodyThatIsTooLarge) {
  HttpRequest request;
  HttpResponse response;
  const HttpFailure too_large{HttpFault::too_large, Exit::failed, "", ""};
  EXPECT_EQ(in_doubt_if_sent(too_large, request, response).reason, Exit::failed);
  request.method = "POST";
  EXPECT_EQ(in_doubt_if_sent(too_large, request, response).reason, Exit::in_doubt);
  response.status = 200;
  EXPECT_EQ(in_doubt_if_sent(too_large, request, response).reason, Exit::failed);
  const HttpFailure garbled{HttpFault::protocol, Exit::unreachable, "", ""};
  EXPECT_EQ(in_doubt_if_sent(garbled, request, response).reason, Exit::in_doubt);
  const HttpFailure local{HttpFault::local, Exit::io, "", ""};
  EXPECT_EQ(in_doubt_if_sent(local, request, response).reason, Exit::io);
}

TEST(CurlError, FaultsTellWhatIsWorthARetry) {
  EXPECT_EQ(described(CURLE_COULDNT_RESOLVE_HOST).fault, HttpFault::resolve);
  EXPECT_EQ(described(CURLE_COULDNT_CONNECT).fault, HttpFault::connect);
  EXPECT_EQ(described(CURLE_RECV_ERROR).fault, HttpFault::reset);
  EXPECT_EQ(described(CURLE_OPERATION_TIMEDOUT).fault, HttpFault::timeout);
}

TEST(CurlError, NamesTheRequestTheReasonAndWhatToDo) {
  CurlFailure refused;
  refused.code = CURLE_COULDNT_CONNECT;
  refused.os_error = ECONNREFUSED;
  const auto failure = described(refused);
  EXPECT_EQ(failure.message, "GET http://service-b/x: cannot connect: Connection refused");
  EXPECT_NE(failure.hint.find("mscomm probe http://service-b:80 --wait 30s"), std::string::npos);
}

TEST(CurlError, AnotherAddressThanTheUrlsIsNamed) {
  CurlFailure refused;
  refused.code = CURLE_COULDNT_CONNECT;
  refused.os_error = ECONNREFUSED;
  refused.detail = "Failed to connect to proxy.test port 3128 after 0 ms: Couldn't connect";
  EXPECT_EQ(described(refused).message,
            "GET http://service-b/x: cannot connect to proxy.test:3128: Connection refused");
  EXPECT_NE(described(refused).hint.find("http_proxy"), std::string::npos);
  refused.detail = "Failed to connect to Service-B port 80 after 0 ms: Couldn't connect";
  EXPECT_EQ(described(refused).message,
            "GET http://service-b/x: cannot connect: Connection refused");
  refused.detail = "Failed to connect to ::1 port 3128 after 0 ms: Couldn't connect";
  EXPECT_NE(described(refused).message.find("cannot connect to [::1]:3128: "), std::string::npos);
  refused.detail = "Failed to connect to service-b port 80 via proxy.test after 0 ms: Couldn't";
  EXPECT_NE(described(refused).message.find("cannot connect to proxy.test: "), std::string::npos);
}

TEST(CurlError, ATimeoutSaysWhatItWasWaitingForAndWhichLimitItWas) {
  CurlFailure late;
  late.code = CURLE_OPERATION_TIMEDOUT;
  late.phase = "waiting for the response";
  late.deadline_passed = true;
  EXPECT_EQ(described(late).message,
            "GET http://service-b/x: timed out while waiting for the response");
  EXPECT_NE(described(late).hint.find("--timeout"), std::string::npos);
  late.deadline_passed = false;
  EXPECT_NE(described(late).hint.find("--connect-timeout"), std::string::npos);
  late.stalled = true;
  EXPECT_NE(described(late).hint.find("--stall-timeout"), std::string::npos);
}

TEST(CurlError, HintsFollowTheCertificatesProblem) {
  CurlFailure failure;
  failure.code = CURLE_PEER_FAILED_VERIFICATION;
  failure.detail = "SSL certificate problem: self-signed certificate in certificate chain";
  failure.verify_result = 19;
  EXPECT_NE(described(failure).hint.find("--tls-ca"), std::string::npos);
  failure.verify_result = 10;
  EXPECT_NE(described(failure).hint.find("clock"), std::string::npos);
  failure.verify_result = 1;
  failure.detail = "SSL: no alternative certificate subject name matches target host name 'h'";
  EXPECT_NE(described(failure).hint.find("host name"), std::string::npos);
}

HttpFailure answered(CURLcode code, const std::string& detail = {}) {
  CurlFailure failure;
  failure.code = code;
  failure.detail = detail;
  failure.answered = true;
  return described(failure);
}

TEST(CurlError, AnAnswerThatIsNotHttpIsNotAUsageError) {
  const auto old = answered(CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed");
  EXPECT_EQ(old.reason, Exit::unreachable);
  EXPECT_EQ(old.fault, HttpFault::protocol);
  EXPECT_NE(old.hint.find("https://"), std::string::npos);
  const auto future = answered(CURLE_UNSUPPORTED_PROTOCOL, "Unsupported HTTP version (9.9)");
  EXPECT_EQ(future.fault, HttpFault::protocol);
  EXPECT_EQ(future.hint, "");
  EXPECT_EQ(described(CURLE_UNSUPPORTED_PROTOCOL).reason, Exit::usage);
}

TEST(CurlError, WhatABrokenAnswerCausesIsNoBugOfOurs) {
  EXPECT_EQ(answered(CURLE_BAD_FUNCTION_ARGUMENT).fault, HttpFault::protocol);
  EXPECT_EQ(answered(CURLE_OUT_OF_MEMORY).fault, HttpFault::too_large);
  EXPECT_EQ(described(CURLE_BAD_FUNCTION_ARGUMENT).reason, Exit::internal);
}

TEST(CurlError, NamesKeepTheirCapitals) {
  EXPECT_THAT(described(CURLE_SSL_CONNECT_ERROR, "OpenSSL/3.0: bad").message,
              testing::EndsWith("failed: OpenSSL/3.0: bad"));
  EXPECT_THAT(described(CURLE_RECV_ERROR, "Recv failure.").message,
              testing::EndsWith("lost: recv failure"));
}

TEST(CurlLibrary, SaysWhichPackageIsMissing) {
  try {
    const CurlLibrary library("libcurl-that-is-not-there.so.4");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Exit::usage);
    EXPECT_NE(error.hint().find("libcurl4"), std::string::npos);
  }
}

}  // namespace
}  // namespace mscomm
