#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// The trace that this process is a part of (https://www.w3.org/TR/trace-context/).
class TraceContext {
 public:
  /// Continues the trace of `traceparent`, the caller's from the variable TRACEPARENT; begins a new
  /// one when there is none or it is malformed.
  explicit TraceContext(const std::optional<std::string>& traceparent);

  /// 32 hexadecimal digits.
  [[nodiscard]] const std::string& trace_id() const { return trace_id_; }
  /// Whether the trace is the caller's.
  [[nodiscard]] bool is_continued() const { return continued_; }
  /// The value of a traceparent header for a new span of the trace.
  [[nodiscard]] std::string new_span() const;

 private:
  std::string trace_id_;
  std::string flags_ = "01";  // sampled
  bool continued_ = false;
};

}  // namespace mscomm
