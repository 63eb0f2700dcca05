#pragma once

#include "core/amqp/connector.h"
#include "core/amqp/session.h"
#include "core/runtime/clock.h"

namespace mscomm {

/// A quorum queue without a leader refuses messages until another leader is elected. So for a while
/// after a connection was replaced, a nack is not final: the message is sent again after a pause,
/// in which nothing is sent.
class RefusalPatience {
 public:
  /// A lost connection was replaced.
  void recovered(TimePoint now) { until_ = now + kRecoveryTime; }

  /// Whether the messages that `confirm` refuses are to be sent again.
  [[nodiscard]] bool sends_again(const Confirm& confirm, TimePoint now) const {
    return !confirm.accepted && now < until_;
  }
  /// Such messages were refused.
  void refused(TimePoint now) { resume_at_ = now + std::chrono::milliseconds(100); }

  /// When sending may go on.
  [[nodiscard]] TimePoint resume_at() const { return resume_at_; }

 private:
  TimePoint until_, resume_at_;
};

}  // namespace mscomm
