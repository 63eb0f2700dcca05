#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "core/amqp/attended_output.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/message_commands.h"

namespace mscomm {

/// What happens to a message whose command fails.
enum class OnFail {
  requeue,  ///< it goes back, after a pause or, if the run ends by itself, at the end
  reject,   ///< it is dead-lettered, or dropped
  stop,     ///< it goes back and the run ends
};

/// Runs a command for each message, and settles the message by the exit status: 0 acknowledges, 3
/// rejects, 4 puts back; for any other OnFail decides. The shell exits with 126 or 127 when it
/// cannot run the command; these always end the run.
class ExecHandler : public DeliveryHandler {
 public:
  struct Plan {
    MessageCommands::Plan commands;
    OnFail on_fail = OnFail::requeue;
    bool once = false;  ///< messages go back only at the end, so that none comes twice
  };

  /// `writer` gets the collected output. All that is referred to must outlive the handler.
  ExecHandler(Plan plan, Writer& writer, SessionOwner& session, const Context& context);

  bool take(const DeliveryRecord& record) override;
  void flush(DeliveryLedger& /*ledger*/) override {}
  [[nodiscard]] const Handled& handled() const override { return handled_; }
  [[nodiscard]] int output() const override { return output_.fd(); }

  void advance(DeliveryLedger& ledger) override;
  [[nodiscard]] bool is_working() const override { return commands_.busy(); }
  void append_polled(std::vector<pollfd>& polled) const override;
  [[nodiscard]] Deadline wake_at() const override;
  [[nodiscard]] std::string_view work() const override {
    return "commands ran; their messages go back";
  }
  [[nodiscard]] const Error* failure() const override { return failure_ ? &*failure_ : nullptr; }

  void disown() override;
  void end(Ending how, const Deadline& until, DeliveryLedger& ledger) override;

 protected:
  /// Takes the output of the commands.
  virtual void take_output(const std::vector<CommandResult>& results);
  /// Called when the command exited with 0.
  virtual void on_success(const CommandResult& result, DeliveryLedger& ledger);

  void count(Exit outcome) { handled_.outcomes.add(outcome); }
  void put_back(std::uint64_t delivery_tag, DeliveryLedger& ledger);
  [[nodiscard]] const Context& context() const { return context_; }

 private:
  struct PutBack {
    TimePoint due;
    std::uint64_t delivery_tag;
  };

  void on_result(const CommandResult& result, DeliveryLedger& ledger);
  void on_failure(const CommandResult& result, DeliveryLedger& ledger);
  [[nodiscard]] bool is_for_lack_of_a_reader(const ChildEnd& end) const;

  const Context& context_;
  AttendedOutput output_;
  MessageCommands commands_;
  OnFail on_fail_;
  bool once_;
  std::deque<PutBack> put_back_;  // messages that pause before they go back
  std::optional<Error> failure_;
  std::optional<Error> start_failure_;
  std::optional<Ending> ending_;
  Handled handled_;
};

}  // namespace mscomm
