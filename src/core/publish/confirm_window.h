#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/amqp/session.h"
#include "core/message/body_file.h"

namespace mscomm {

/// The messages of one publisher that the broker has not answered yet, in the order in which they
/// are sent, and all that it takes to send them again.
///
/// A basic.return names no sequence number, but always comes before the confirm of its message
/// (https://www.rabbitmq.com/docs/confirms), so it is matched by message id, route and size against
/// the unanswered ones, oldest first.
class ConfirmWindow {
 public:
  struct Entry {
    std::uint64_t number = 0;  ///< the message's place in the input, from 1
    Route route;
    Properties properties;
    std::string body;
    std::shared_ptr<const BodyFile> file;  ///< holds the body instead, when it is large
    unsigned times_sent = 0;
    bool sent = false;      ///< on this channel, and not refused there
    bool in_doubt = false;  ///< an earlier channel ended before it had answered
    bool returned = false;
    bool resolved = false;

    [[nodiscard]] std::uint64_t body_bytes() const { return file ? file->size() : body.size(); }
  };

  enum class Answer { confirmed, returned, refused };
  using OnAnswer = std::function<void(const Entry&, Answer)>;

  /// A new last entry, not yet sent. What it holds is left over from an earlier message, so that
  /// its memory serves again: everything must be set. Call measure() when the body is.
  Entry& add();
  void measure(const Entry& entry) {
    bytes_ += entry.body.size();
    files_ += entry.file ? 1U : 0U;
  }
  /// Forgets the last entry, which was never sent.
  void drop_last();
  /// Forgets the newest entry that is sent, for one that was not sent to its end.
  void drop_newest_sent();

  /// The oldest entry that is not sent on this channel, or null.
  Entry* unsent();
  /// The one that unsent() named is sent. On a channel these get the sequence numbers 1, 2, 3...
  void mark_sent();
  /// The newest entry that is sent.
  Entry& newest_sent();
  /// Its sequence number.
  [[nodiscard]] std::uint64_t newest_sequence() const noexcept { return first_ + sent_ - 1; }

  /// The message that came back, marked so that its confirm does not count as success; null when
  /// none fits.
  const Entry* mark_returned(const Returned& returned);

  /// Tells `on_answer` of each entry that this confirm answers. With `again` a refused one is not
  /// answered by that: it becomes unsent and the last.
  void resolve(const Confirm& confirm, const OnAnswer& on_answer, bool again = false);

  /// A new channel: what is neither answered nor returned is unsent again. Tells `on_returned` of
  /// those that are only returned; their confirm will not come.
  void restart(const OnAnswer& on_returned);

  /// Tells `on_each` of everything unanswered, oldest first, and forgets it.
  void abandon(const std::function<void(const Entry&)>& on_each);

  [[nodiscard]] std::size_t size() const noexcept { return unanswered_; }
  [[nodiscard]] bool empty() const noexcept { return unanswered_ == 0; }
  /// From the oldest unanswered one to the newest: what the window has to remember.
  [[nodiscard]] std::size_t span() const noexcept { return count_; }
  /// Of the bodies that it holds in memory.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// How many bodies lie in files.
  [[nodiscard]] std::size_t files() const noexcept { return files_; }

 private:
  Entry& at(std::size_t index) { return slots_[(begin_ + index) & (slots_.size() - 1)]; }
  void resolve_one(Entry& entry, bool accepted, const OnAnswer& on_answer);
  void unsend(std::size_t index);
  void drop_resolved_front();
  void forget(Entry& entry);
  void grow();

  std::vector<Entry> slots_;  // a ring; its size is a power of two
  std::size_t begin_ = 0;
  std::size_t count_ = 0;
  std::size_t sent_ = 0;     // of them, from the front
  std::uint64_t first_ = 1;  // the front's sequence number
  std::size_t unanswered_ = 0;
  std::size_t bytes_ = 0;
  std::size_t files_ = 0;
};

}  // namespace mscomm
