#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "core/amqp/session.h"
#include "core/runtime/clock.h"
#include "core/runtime/error.h"

namespace mscomm {

class Connector;

/// The connection ended, but another one may go on.
class ConnectionLost : public Error {
 public:
  explicit ConnectionLost(const Error& error) : Error(error) {}
};

/// Owns the session of a run, and replaces it when it is lost. Loops and handlers refer to the
/// owner, never to a session. There is no session only after replace() has thrown.
class SessionOwner {
 public:
  /// Opens another session. `fruitful` says whether the lost one got something done.
  using Reopen = std::function<std::unique_ptr<Session>(bool fruitful)>;

  /// Connects, and throws as Connector::connect(). Without `replaces` a lost session ends the run.
  SessionOwner(Connector& connector, bool replaces);
  /// Owns this session, and those that `reopen` opens.
  explicit SessionOwner(std::unique_ptr<Session> session, Reopen reopen = {})
      : session_(std::move(session)), reopen_(std::move(reopen)) {}

  explicit operator bool() const noexcept { return session_ != nullptr; }
  Session& operator*() const noexcept { return *session_; }
  Session* operator->() const noexcept { return session_.get(); }

  /// Whether a lost session may be replaced.
  [[nodiscard]] bool replaces() const noexcept { return static_cast<bool>(reopen_); }
  /// Frees the lost session first, so that the broker drops what is exclusive to it, then opens
  /// another. Throws as Connector::reconnect().
  void replace(bool fruitful);

  /// Whether the session, or the channel that its deliveries belong to, is known to be lost.
  [[nodiscard]] bool is_lost() const noexcept { return lost_; }
  void note_loss() noexcept { lost_ = true; }

  /// Makes a request, and notes when its failure means that the session is lost. Throws
  /// ConnectionLost for a lost connection, otherwise as the request does.
  template <class Request>
  auto ask(Request request);

  /// Sends heartbeats that are due, for a caller that is busy with something else. Call it often;
  /// it attends to the session every kCare.
  void attend(TimePoint now) {
    if (now >= care_due_) {
      session_->keep_alive();
      care_due_ = now + kCare;
    }
  }

 private:
  std::unique_ptr<Session> session_;
  Reopen reopen_;
  TimePoint care_due_;
  bool lost_ = false;
};

template <class Request>
auto SessionOwner::ask(Request request) {
  try {
    return request(*session_);
  } catch (const ChannelRefusal&) {
    lost_ = true;  // the deliveries' channel is gone, and with it every tag
    throw;
  } catch (const Error& error) {
    if (error.reason() != Exit::unreachable) {
      throw;
    }
    lost_ = true;
    throw ConnectionLost(error);
  }
}

}  // namespace mscomm
