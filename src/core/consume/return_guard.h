#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/amqp/connector.h"
#include "core/amqp/return_rule.h"
#include "core/consume/consume_plan.h"
#include "core/consume/delivery_copier.h"
#include "core/consume/delivery_ledger.h"

namespace mscomm {

/// Keeps a quorum queue from dropping messages because they go back (ReturnRule). One that would
/// not survive that goes back as a copy at the end of the queue, and the original is acknowledged
/// when the copy is confirmed.
///
/// The copy has the properties of detach_copy(), and these headers: x-mscomm-copies, how often
/// that happened to the message; x-mscomm-exchange and x-mscomm-routing-key, where it was first
/// published; x-mscomm-run, if it is not to be handled again by the same run.
class ReturnGuard {
 public:
  struct Plan {
    bool looks = false;  ///< what goes back is decided by this run, not by a failure
    bool force = false;  ///< looks where nothing can save a message
    /// Failed messages of a queue that dead-letters them are left to its limit.
    bool handles_failures = false;
  };

  /// What is asked of the broker, over a connection of its own.
  struct Broker {
    std::function<SessionOwner()> connect;  ///< for copies; the session needs confirms
    std::function<ReturnRule(Session& session, const std::string& queue)>
        ask;  ///< as
              ///< find_return_rule()
  };

  /// Connects when the first copy is due. All that is referred to must outlive this object.
  ReturnGuard(Broker broker, Plan plan, const ConsumePlan& consume, const Context& context);

  /// For a run that looks, before it consumes: throws Error{failed} when looking would drop
  /// messages and no copies can be made, unless forced.
  void check_look(Session& session);

  /// Notes a delivery. False for a copy that this run made of what it has handled.
  [[nodiscard]] bool note(const Delivery& delivery);
  /// Notes one that is not handled.
  void note_unseen(const Delivery& delivery);
  /// Takes messages that go back out of the ledger's decisions, sends their copies, and decides by
  /// what becomes of them. Call it before settling.
  void divert(DeliveryLedger& ledger);
  /// Counts the messages that went back as copies. Call it after settling.
  void count_settled(const DeliveryLedger& ledger);
  /// Nothing more is delivered. Throws Interrupted.
  void begin_end();
  /// Whether copies are under way, or wait for room.
  [[nodiscard]] bool is_busy() const {
    return !failed_ && (under_way_ > 0 || (is_ending_ && !kept_.empty()));
  }
  /// Whether the queue is one that may drop messages, as far as is known.
  [[nodiscard]] bool is_needed() const { return rule_ ? !rule_->never_drops() : counted_; }
  void append_polled(std::vector<pollfd>& polled) const;
  [[nodiscard]] Deadline wake_at() const;
  /// The deliveries' channel is lost: what was not settled comes again, whether or not it has a
  /// copy.
  void disown();
  /// Messages whose copies are not confirmed go back as they are.
  void give_up(DeliveryLedger& ledger);
  void close(const Deadline& deadline);

  /// Messages that went back as copies.
  [[nodiscard]] std::uint64_t copied() const noexcept { return copied_; }

 private:
  struct Kept {
    Delivery delivery;  ///< its properties and body are the next two
    Properties properties;
    std::string body;
    bool is_seen = true;
    bool is_held = false;  ///< it goes back when the run ends
    bool is_sent = false;
    /// What is held is for the end: its copy would come, and go back, again, or it may be
    /// handled after all.
    bool waits = false;
  };

  void ask();
  [[nodiscard]] bool is_at_risk(const Properties& properties) const;
  void fail(const Error& error);
  void tell_doubtful(std::size_t copies);
  void keep(const Delivery& delivery);
  bool start(Kept& kept);
  void send_kept(DeliveryLedger& ledger);
  void conclude(const CopyResult& result, DeliveryLedger& ledger);
  [[nodiscard]] Properties properties_of_copy(const Kept& kept) const;
  void open();

  Broker broker_;
  Plan plan_;
  const ConsumePlan& consume_;
  const Context& context_;
  std::string run_id_;
  PublishPlan publish_;
  std::optional<ReturnRule> rule_;
  bool counted_ = false;  // a delivery had the broker's count
  std::optional<SessionOwner> session_;
  std::optional<DeliveryCopier> copier_;
  bool is_ending_ = false;              // nothing more is delivered
  bool failed_ = false;                 // no copies can be made
  std::map<std::uint64_t, Kept> kept_;  // by delivery tag
  std::size_t under_way_ = 0;           // of them
  std::vector<std::uint64_t> placed_;   // copies; their originals are not settled yet
  bool has_told_ = false;               // that messages go back as copies
  std::uint64_t copied_ = 0;
};

/// `context` must outlive the result.
ReturnGuard::Broker broker_of_copies(const BrokerOptions& broker,
                                     const std::string& connection_name, const Context& context);

}  // namespace mscomm
