#pragma once

#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/settling.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// How a run of consuming ends, whatever ended it: what is under way may finish, what was handled
/// is settled, everything else is given back, and the broker says that it has read that.
class Farewell {
 public:
  /// `report` says what ended the run, and is told what else goes wrong. All that is referred to
  /// outlives this.
  Farewell(SessionOwner& session, Settling& settling, DeliveryHandler& handler,
           ConsumeReport& report, const Context& context)
      : session_(session),
        settling_(settling),
        handler_(handler),
        report_(report),
        context_(context) {}

  void say();

 private:
  [[nodiscard]] bool is_hurried() const { return report_.interrupted || report_.error; }
  void end_handling();
  void await_events(Duration patience);
  void take_events();
  bool cancel(std::optional<Error>& failure);
  void note_refused_settlements();
  void note_interruption();
  template <class Step>
  void attempt(Step step);

  SessionOwner& session_;
  Settling& settling_;
  DeliveryHandler& handler_;
  ConsumeReport& report_;
  const Context& context_;
};

}  // namespace mscomm
