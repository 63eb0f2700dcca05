#pragma once

#include <cstdint>

#include "core/amqp/listener_topology.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/settling.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// Ends a run of consuming, for any reason: lets work under way finish, settles handled messages,
/// gives all others back, what was only sent ahead too, removes what was made for the run, and
/// waits until the broker confirms that it has read that.
class Farewell {
 public:
  /// `report` says what ended the run; further errors are added to it. All that is referred to must
  /// outlive this object.
  Farewell(SessionOwner& session, const std::string& queue, Settling& settling,
           DeliveryHandler& handler, ReturnGuard* guard, ListenerTopology* own,
           ConsumeReport& report, const Context& context)
      : session_(session),
        queue_(queue),
        settling_(settling),
        handler_(handler),
        guard_(guard),
        own_(own),
        report_(report),
        context_(context) {}

  void say();

 private:
  [[nodiscard]] bool is_hurried() const { return report_.interrupted || report_.error; }
  void end_handling();
  [[nodiscard]] Duration goodbye_patience() const;
  [[nodiscard]] Duration time_to_finish() const;
  void tend_session();
  void await_events(Duration patience);
  void take_the_rest();
  void await_copies();
  std::uint64_t give_back();
  std::uint32_t count_calmly();
  std::uint32_t count_consumers();
  bool take_events();
  void become_calm();
  bool end_consuming(bool hurried, Duration patience, std::optional<Error>& failure);
  bool cancel(const Deadline& deadline, std::optional<Error>& failure);
  bool close(const Deadline& deadline);
  bool note_refused_settlements();
  void note_interruption();
  template <class Step>
  void attempt(Step step);

  SessionOwner& session_;
  const std::string& queue_;
  Settling& settling_;
  DeliveryHandler& handler_;
  ReturnGuard* guard_;
  ListenerTopology* own_;
  ConsumeReport& report_;
  const Context& context_;
  bool is_calm_ = false;       // nothing is on its way to the consumers
  bool answers_ = true;        // the broker has answered the last request
  std::uint64_t settled_ = 0;  // while work was under way
};

}  // namespace mscomm
