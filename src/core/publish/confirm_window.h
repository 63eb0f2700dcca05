#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/amqp/session.h"
#include "core/message/body_file.h"

namespace mscomm {

/// The messages of one publisher that the broker has not answered yet, in sending order, with
/// everything needed to send them again.
///
/// A basic.return has no sequence number, but always comes before the confirm of its message
/// (https://www.rabbitmq.com/docs/confirms). So it is matched with the unanswered messages by
/// message id, route, body and properties, oldest first: of messages without an id another one
/// must not be taken for it, since the one that came back would then count as delivered. A broker
/// may change properties (its plugins add headers), so without an equal message the most like one
/// is meant.
class ConfirmWindow {
 public:
  struct Entry {
    std::uint64_t number = 0;  ///< the message's place in the input, from 1
    Route route;
    Properties properties;
    std::string body;
    std::shared_ptr<const BodyFile> file;  ///< holds the body instead, when it is large
    bool is_record = false;                ///< its message id is the sender's, not made here
    unsigned times_sent = 0;
    bool sent = false;      ///< on this channel, and not refused there
    bool in_doubt = false;  ///< an earlier channel ended before its answer
    bool returned = false;
    bool resolved = false;

    [[nodiscard]] std::uint64_t body_bytes() const { return file ? file->size() : body.size(); }
  };

  enum class Answer { confirmed, returned, refused };
  using OnAnswer = std::function<void(const Entry&, Answer)>;

  /// Adds an entry at the end, not yet sent. It still holds the values of an earlier message, so
  /// that its memory is reused: set every member. Call measure() when the body is set.
  Entry& add();
  void measure(const Entry& entry) {
    bytes_ += entry.body.size();
    files_ += entry.file ? 1U : 0U;
  }
  /// Removes the entry of unsent(), which was never sent, and returns it without its body.
  Entry drop_unsent();
  /// Removes all that were never sent.
  void drop_never_sent();

  /// The oldest entry not sent on this channel, or nullptr.
  Entry* unsent();
  /// Marks the entry of unsent() as sent. The sent entries of a channel get the sequence numbers 1,
  /// 2, 3...
  void mark_sent();
  /// Undoes mark_sent() of the newest sent entry, whose body was not sent to its end.
  void unmark_sent();
  /// The newest sent entry.
  Entry& newest_sent();
  /// Its sequence number.
  [[nodiscard]] std::uint64_t newest_sequence() const noexcept { return first_ + sent_ - 1; }

  /// Finds the returned message and marks it, so that its confirm does not count as success;
  /// nullptr when none matches. Throws Error{io} when a body's file cannot be read.
  const Entry* mark_returned(const Returned& returned);

  /// Calls `on_answer` for each entry that this confirm answers. With `again` a nack does not
  /// answer an entry: it becomes unsent and moves to the end. False when the confirm is about
  /// nothing that is waited for.
  bool resolve(const Confirm& confirm, const OnAnswer& on_answer, bool again = false);

  /// Starts a new channel: entries neither answered nor returned become unsent. Calls `on_returned`
  /// for those that were returned, since their confirm will not come.
  void restart(const OnAnswer& on_returned);

  /// Calls `on_each` for every unanswered entry, oldest first, and removes them.
  void abandon(const std::function<void(const Entry&)>& on_each);

  [[nodiscard]] std::size_t size() const noexcept { return unanswered_; }
  [[nodiscard]] bool empty() const noexcept { return unanswered_ == 0; }
  /// The places from the oldest unanswered entry to the newest, answered ones included.
  [[nodiscard]] std::size_t span() const noexcept { return count_; }
  /// The size of the bodies in memory.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// The number of bodies in files.
  [[nodiscard]] std::size_t files() const noexcept { return files_; }

 private:
  Entry& at(std::size_t index) { return slots_[(begin_ + index) & (slots_.size() - 1)]; }
  void resolve_one(Entry& entry, bool accepted, const OnAnswer& on_answer);
  void unsend(std::size_t index);
  void drop_resolved_front();
  void drop_last();
  void forget(Entry& entry);
  void grow();

  std::vector<Entry> slots_;  // a ring; its size is a power of two
  std::size_t begin_ = 0;
  std::size_t count_ = 0;
  std::size_t sent_ = 0;     // sent entries, from the front
  std::uint64_t first_ = 1;  // the front's sequence number
  std::size_t unanswered_ = 0;
  std::size_t bytes_ = 0;
  std::size_t files_ = 0;
};

}  // namespace mscomm
