#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/expression/expression.h"
#include "core/http/http.h"
#include "core/http/status_set.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"

namespace mscomm {

/// How much memory a body may take that has to be known as a whole: for a record, an expression, a
/// schema. A body that is only printed needs none.
struct BodyLimits {
  static constexpr std::uint64_t kNone = static_cast<std::uint64_t>(-1);

  std::uint64_t bytes = std::uint64_t{32} << 20U;
  std::uint64_t memory = std::uint64_t{48} << 20U;  ///< with the values that a parser makes of it
  bool is_default = true;

  /// As --max-size sets them: absent is the default, 0 no limit.
  static BodyLimits of(std::optional<std::uint64_t> max_size);

  /// The bytes of each body where so many are kept at once: what the user says, or a part.
  [[nodiscard]] std::uint64_t for_each_of(std::size_t count) const {
    return is_default ? bytes / count : bytes;
  }
  [[nodiscard]] ExpressionLimit for_expressions() const { return {memory, Exit::unreachable}; }
};

/// Thrown by KeptBody for a body beyond the limit.
class BodyTooLarge : public Error {
 public:
  explicit BodyTooLarge(std::uint64_t limit);
};

/// What such a body makes of its exchange.
HttpFailure failure_of(const HttpExchange& exchange, const BodyTooLarge& error);

/// The memory that the bodies of several answers have together, while they wait to be taken in
/// order. Where there is no more, those wait of which the answer is not the next to be taken.
class BodyRoom {
 public:
  /// What one answer has of it, given back at the end of its life.
  class Share {
   public:
    /// `index`: the answer's place in the order, from 0.
    Share(BodyRoom& room, std::size_t index);
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Takes so many bytes more; see wait_on() then.
    void take(std::size_t bytes);
    /// Gives back what was taken.
    void clear();
    /// -1, or a descriptor that is writable when recheck() may change that: take no more until
    /// then.
    [[nodiscard]] int wait_on() const;
    void recheck();

   private:
    friend BodyRoom;

    BodyRoom& room_;
    std::size_t index_;
    std::size_t taken_ = 0;
    bool waits_ = false;
    UniqueFd signal_;  // an eventfd(2), full while nothing has changed
  };

  explicit BodyRoom(std::int64_t bytes);

  /// The next answer has been taken.
  void answer_taken();

  /// Returns action(). When it throws, answers may no longer be taken, so nobody waits from then
  /// on.
  template <class Action>
  auto or_ends(const Action& action) {
    try {
      return action();
    } catch (...) {
      end();
      throw;
    }
  }

 private:
  void end();
  void wake();

  std::mutex mutex_;
  std::int64_t left_;
  std::size_t next_ = 0;  // the index of the answer that is to be taken next
  bool has_ended_ = false;
  std::set<Share*> waiting_;
};

/// Keeps a body in memory, up to a limit. A longer one goes on to another sink, from its beginning,
/// if there is one; else BodyTooLarge ends the exchange.
class KeptBody final : public BodySink {
 public:
  explicit KeptBody(std::uint64_t limit) : limit_(limit) {}

  /// `sink` takes what is too long, if the status is one of these.
  void pass_on_to(BodySink& sink, const StatusSet& statuses);
  /// Keeps within the share, if there is one, which must outlive the exchange.
  void keep_within(BodyRoom::Share* share) { share_ = share; }

  void begin(const HttpResponse& response) override;
  void body(std::string_view piece) override;
  [[nodiscard]] int blocked_on() const override;
  void resume() override;

  /// Whether the body went to the other sink.
  [[nodiscard]] bool is_passed_on() const { return is_passed_on_; }
  /// Says of an exchange that timed out if it was because it waited for other answers.
  void explain(std::optional<HttpFailure>& failure) const;
  [[nodiscard]] std::string take_bytes() { return std::move(bytes_); }

 private:
  std::uint64_t limit_;
  BodySink* overflow_ = nullptr;
  StatusSet overflowing_;
  BodyRoom::Share* share_ = nullptr;
  const HttpResponse* response_ = nullptr;
  std::string bytes_;
  bool is_passed_on_ = false;
};

}  // namespace mscomm
