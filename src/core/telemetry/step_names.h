#pragma once

#include <string_view>

/// The names of steps: `event` in the JSON log. They never change, like the names of a record's
/// fields; the manual (mscomm(1), MESSAGES) lists them.
namespace mscomm::steps {

inline constexpr std::string_view kConnectionOpened = "connection.opened";
inline constexpr std::string_view kConnectionFailed = "connection.failed";
inline constexpr std::string_view kConnectionLost = "connection.lost";
inline constexpr std::string_view kConnectionRecovered = "connection.recovered";
inline constexpr std::string_view kBrokerBlocked = "broker.blocked";
inline constexpr std::string_view kBrokerUnblocked = "broker.unblocked";

inline constexpr std::string_view kMessageFailed = "message.failed";
inline constexpr std::string_view kPublishSummary = "publish.summary";
inline constexpr std::string_view kRpcSummary = "rpc.summary";
inline constexpr std::string_view kConsumeSummary = "consume.summary";

inline constexpr std::string_view kHttpAttempt = "http.attempt";
inline constexpr std::string_view kHttpRetry = "http.retry";
inline constexpr std::string_view kHttpPoll = "http.poll";
inline constexpr std::string_view kHttpGivenUp = "http.given_up";
inline constexpr std::string_view kHttpTiming = "http.timing";

inline constexpr std::string_view kBreakerChanged = "breaker.changed";
inline constexpr std::string_view kBreakerRefused = "breaker.refused";

inline constexpr std::string_view kLoadSummary = "load.summary";
inline constexpr std::string_view kLoadVerdict = "load.verdict";
inline constexpr std::string_view kLoadDistorted = "load.distorted";

inline constexpr std::string_view kProbeCheck = "probe.check";
inline constexpr std::string_view kProbeRetry = "probe.retry";
inline constexpr std::string_view kProbeHint = "probe.hint";

}  // namespace mscomm::steps
