#include "core/http/http2_failure.h"

#include <fmt/format.h>

namespace mscomm {
namespace {

HttpFailure lost_answer(const Http2End& end, const HttpRequest& request) {
  constexpr int kFirstError = 400;
  HttpFailure failure{HttpFault::reset, Exit::unreachable, "", ""};
  std::string answer = "answered";
  if (end.early_status != 0) {
    answer += fmt::format(" {} {}", end.early_status, reason_phrase(end.early_status));
  }
  failure.message = fmt::format(
      "the server {} before it had read the whole request; libcurl lost the answer", answer);
  failure.hint = "is the body larger than the server's limit? --http1.1 shows the whole answer";
  if (end.early_status == 401 || end.early_status == 403) {
    failure.reason = Exit::denied;
  } else if (end.early_status >= kFirstError) {
    failure.reason = Exit::failed;
  } else if (!is_idempotent(request.method)) {
    failure.reason = Exit::in_doubt;
    failure.hint = "the service may have done it all the same; " + failure.hint;
  }
  return failure;
}

std::optional<HttpFailure> classify_end(const Http2End& end, const HttpRequest& request) {
  const auto says = [&end](std::string_view text) {
    return end.detail.find(text) != std::string::npos;
  };
  if (end.is_unprocessed) {
    return HttpFailure{
        HttpFault::reset, Exit::unreachable,
        fmt::format("the server refused it unprocessed, {} times (HTTP/2)", end.sends),
        "is the service overloaded or shutting down? --retry tries again after a pause"};
  }
  if (end.wants_http1_1 && !is_idempotent(request.method)) {
    return HttpFailure{HttpFault::reset, Exit::in_doubt, "the server wants it over HTTP/1.1",
                       "the service may have done it all the same; try --http1.1"};
  }
  // Of the function that gathers headers, and of nghttp2, which takes nine frames of them.
  if (end.code == CURLE_RECV_ERROR && (says("nghttp2_session_mem_recv() returned -902") ||
                                       says("nghttp2_session_mem_recv() returned -905"))) {
    return HttpFailure{HttpFault::too_large, Exit::failed,
                       "the headers are too large: more than 128 KiB over HTTP/2",
                       "--http1.1 takes 256 KiB"};
  }
  // Its error buffer is empty, unlike that of a stream that was reset.
  if (end.code == CURLE_HTTP2_STREAM && end.detail.empty()) {
    return lost_answer(end, request);
  }
  return std::nullopt;
}

}  // namespace

std::optional<HttpFailure> http2_failure(const Http2End& end, const HttpRequest& request) {
  auto failure = classify_end(end, request);
  if (failure) {
    failure->message = fmt::format("{}: {}", request.title(), failure->message);
  }
  return failure;
}

}  // namespace mscomm
