#pragma once

#include <deque>

#include "core/consume/exec_handler.h"

namespace mscomm {

/// Runs a command for each message and publishes its output to the message's reply_to. The request
/// is acknowledged when the broker has confirmed the reply, so the session needs publisher
/// confirms.
class ReplyHandler final : public ExecHandler {
 public:
  /// As ExecHandler(). The plan must collect output; nothing goes to `writer`.
  ReplyHandler(Plan plan, Writer& writer, SessionOwner& session, const Context& context)
      : ExecHandler(std::move(plan), writer, session, context), session_(session) {}

  void on_event(const Event& event, DeliveryLedger& ledger) override;
  [[nodiscard]] bool awaits_events() const override { return !replies_.empty(); }
  void disown() override;
  void end(Ending how, const Deadline& until, DeliveryLedger& ledger) override;

 protected:
  void take_output(const std::vector<CommandResult>& /*results*/) override {}
  void on_success(const CommandResult& result, DeliveryLedger& ledger) override;

 private:
  struct Reply {
    std::uint64_t sequence;
    std::uint64_t delivery_tag;  // of the request
  };

  void on_confirm(const Confirm& confirm, DeliveryLedger& ledger);

  SessionOwner& session_;
  std::deque<Reply> replies_;  // replies that are not confirmed yet
};

}  // namespace mscomm
