#include "core/http/curl_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/http/curl_library.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

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

TEST(CurlError, EachKindHasItsExitCode) {
  EXPECT_EQ(described(CURLE_COULDNT_RESOLVE_HOST).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_COULDNT_CONNECT).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_SSL_CONNECT_ERROR).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_PEER_FAILED_VERIFICATION).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_PARTIAL_FILE).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_RECV_ERROR).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_SEND_ERROR).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_GOT_NOTHING).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_HTTP2_STREAM).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_WEIRD_SERVER_REPLY).reason, Exit::unreachable);
  EXPECT_EQ(described(CURLE_OPERATION_TIMEDOUT).reason, Exit::timeout);
  EXPECT_EQ(described(CURLE_URL_MALFORMAT).reason, Exit::usage);
  EXPECT_EQ(described(CURLE_SSL_CACERT_BADFILE).reason, Exit::usage);
  EXPECT_EQ(described(CURLE_SSL_CERTPROBLEM).reason, Exit::usage);
  EXPECT_EQ(described(CURLE_WRITE_ERROR).reason, Exit::io);
  EXPECT_EQ(described(CURLE_READ_ERROR).reason, Exit::io);
  EXPECT_EQ(described(CURLE_LOGIN_DENIED).reason, Exit::denied);
  EXPECT_EQ(described(CURLE_OUT_OF_MEMORY).reason, Exit::internal);
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
