#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/consume/delivery_copier.h"
#include "core/consume/delivery_handler.h"
#include "core/consume/forward_plan.h"
#include "core/resilience/rate_pacer.h"

namespace mscomm {

/// Passes each message to publish for a delivery to `take`. Throws Error{failed} before the first
/// one when it cannot make them.
using MakeCopies = std::function<void(const DeliveryRecord& record,
                                      const std::function<void(const Delivery& copy)>& take)>;

/// The delivery itself is the one copy.
void copy_unchanged(const DeliveryRecord& record,
                    const std::function<void(const Delivery& copy)>& take);

/// Publishes copies of messages over a session of its own. A message is acknowledged when all its
/// copies are placed: confirmed, and not returned. Otherwise it is held, and goes back to its queue
/// at the end of the run; a message without any copy, too.
class ForwardHandler final : public DeliveryHandler {
 public:
  /// `target` needs publisher confirms. All that is referred to must outlive the handler.
  ForwardHandler(ForwardPlan plan, const PublishPlan& sending, MakeCopies make_copies,
                 SessionOwner& target, const Context& context);

  /// Before the first message: throws Error when nothing can be placed, for want of a permission;
  /// what is taken and goes back may be dropped by a quorum queue.
  void check_target();

  bool take(const DeliveryRecord& record) override;
  void flush(DeliveryLedger& /*ledger*/) override {}
  [[nodiscard]] const Handled& handled() const override { return handled_; }

  void advance(DeliveryLedger& ledger) override;
  [[nodiscard]] bool has_room() const override;
  [[nodiscard]] bool is_working() const override { return copier_.under_way() > 0; }
  void append_polled(std::vector<pollfd>& polled) const override { copier_.append_polled(polled); }
  [[nodiscard]] Deadline wake_at() const override;
  [[nodiscard]] std::string_view work() const override {
    return "copies were not confirmed; their messages go back";
  }
  [[nodiscard]] const Error* failure() const override { return failure_ ? &*failure_ : nullptr; }

  void disown() override;
  void end(Ending how, const Deadline& until, DeliveryLedger& ledger) override;

 private:
  // The copies of one message, when there are several.
  struct Copies {
    std::size_t without_result = 0;
    bool any_placed = false;
    std::optional<CopyResult> failed;  // the first that was
  };

  void start_copies(const DeliveryRecord& record);
  void collect(const std::vector<CopyResult>& results, DeliveryLedger& ledger);
  void collect_copy(const CopyResult& result, DeliveryLedger& ledger);
  void conclude(const CopyResult& result, DeliveryLedger& ledger);
  void tell(const CopyResult& result);
  void close(DeliveryLedger& ledger);
  [[nodiscard]] bool is_interrupted() const;

  [[nodiscard]] Error about_copies(const Error& error) const;

  ForwardPlan plan_;
  PublishPlan sending_;
  std::string target_;  // its broker
  MakeCopies make_copies_;
  const Context& context_;
  DeliveryCopier copier_;
  std::optional<RatePacer> pacer_;
  std::string queue_;  // where messages come from
  std::vector<CopyResult> unplaceable_;
  std::vector<std::uint64_t> without_copy_;
  std::map<std::uint64_t, Copies> several_;  // by delivery tag
  Handled handled_;
  std::optional<Error> failure_;
  std::uint64_t shown_ = 0;
  std::uint64_t perhaps_copied_ = 0;  // messages with a copy that may have another one
  Deadline grace_;                    // for answers, at the end of the run
  bool room_ = true;                  // the copier's
  bool was_idle_ = true;              // since the last message
  bool source_was_lost_ = false;
  bool gives_up_ = false;  // no answers are waited for
  bool ending_ = false, closed_ = false;
};

}  // namespace mscomm
