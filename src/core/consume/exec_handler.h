#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/amqp/attended_output.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/message_commands.h"
#include "core/consume/parking.h"
#include "core/consume/retry_room.h"

namespace mscomm {

/// What happens to a message whose command fails, after its retries.
enum class OnFail {
  requeue,  ///< it goes back, after a pause or, if the run ends by itself, at the end
  reject,   ///< it is dead-lettered, or dropped
  park,     ///< it is copied into another queue and acknowledged; it goes back if it cannot be
  stop,     ///< it goes back and the run ends
};

/// Runs a command for each message, and settles the message by the exit status: 0 acknowledges, 3
/// rejects, 4 puts back; for any other the command is run again after a pause, as often as the plan
/// says, and then OnFail decides. The shell exits with 126 or 127 when it cannot run the command;
/// these always end the run.
///
/// A message that waits for its next attempt is held: it takes no place of the prefetch window and
/// goes back when the run ends, unless its attempt runs or it is being parked then. When too many
/// wait they do take places, so that no more come.
class ExecHandler : public DeliveryHandler {
 public:
  struct Plan {
    MessageCommands::Plan commands;
    OnFail on_fail = OnFail::requeue;
    bool once = false;  ///< messages go back only at the end, so that none comes twice
    RetryRoom::Plan retry = {};
    Parking* parking = nullptr;    ///< for OnFail::park
    Duration drain = kUsualDrain;  ///< after a stop signal commands may run so long
  };

  /// `writer` gets the collected output. All that is referred to must outlive the handler.
  ExecHandler(Plan plan, Writer& writer, SessionOwner& session, const Context& context);

  bool take(const DeliveryRecord& record) override;
  void flush(DeliveryLedger& /*ledger*/) override {}
  [[nodiscard]] const Handled& handled() const override { return handled_; }
  [[nodiscard]] int output() const override { return output_.fd(); }

  void advance(DeliveryLedger& ledger) override;
  /// A bound of what waits in memory, whatever is sent ahead.
  [[nodiscard]] bool has_room() const override {
    return commands_.waiting_bytes() < kMostWaitingBytes;
  }
  [[nodiscard]] bool is_working() const override;
  void append_polled(std::vector<pollfd>& polled) const override;
  [[nodiscard]] Deadline wake_at() const override;
  [[nodiscard]] std::string_view work() const override;
  [[nodiscard]] const Error* failure() const override { return failure_ ? &*failure_ : nullptr; }

  void disown() override;
  void end(Ending how, const Deadline& until, DeliveryLedger& ledger) override;
  [[nodiscard]] Duration drain() const override { return drain_; }

 protected:
  /// Takes the output of the commands that are not run again.
  virtual void take_output(const std::vector<CommandResult>& results);
  /// Called when the command exited with 0.
  virtual void on_success(const CommandResult& result, DeliveryLedger& ledger);

  void count(Exit outcome) { handled_.outcomes.add(outcome); }
  void put_back(std::uint64_t delivery_tag, DeliveryLedger& ledger);
  [[nodiscard]] const Context& context() const { return context_; }

 private:
  static constexpr std::size_t kMostWaitingBytes = 16UL << 20U;

  struct PutBack {
    TimePoint due;
    std::uint64_t delivery_tag;
  };

  void on_result(CommandResult& result, DeliveryLedger& ledger);
  void on_failure(CommandResult& result, DeliveryLedger& ledger);
  void stop_with(const CommandResult& result, bool cannot_run, DeliveryLedger& ledger);
  [[nodiscard]] bool is_run_again(const CommandResult& result) const;
  void retry_later(CommandResult& result, DeliveryLedger& ledger);
  void take_parked(DeliveryLedger& ledger);
  [[nodiscard]] bool is_parking() const;
  void drop_work(DeliveryLedger& ledger);
  void keep_under_way(DeliveryLedger& ledger);
  [[nodiscard]] bool is_ending() const;
  [[nodiscard]] bool is_for_lack_of_a_reader(const ChildEnd& end) const;

  const Context& context_;
  AttendedOutput output_;
  MessageCommands commands_;
  RetryRoom retries_;
  Parking* parking_;
  OnFail on_fail_;
  bool once_;
  Duration drain_;
  std::deque<PutBack> put_back_;  // messages that pause before they go back
  std::optional<Error> failure_;
  std::optional<Error> start_failure_;
  std::optional<Ending> ending_;
  Deadline parking_ends_;
  Handled handled_;
};

}  // namespace mscomm
