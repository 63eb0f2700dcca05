#pragma once

#include <poll.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/amqp/session_owner.h"
#include "core/publish/confirmed_sender.h"
#include "core/publish/taken_exchanges.h"
#include "core/telemetry/context.h"

namespace mscomm {

/// What became of a copy of a delivery.
struct CopyResult {
  std::uint64_t delivery_tag = 0;  ///< of the original
  bool placed = false;             ///< the broker confirmed the copy, and did not return it

  // Of a copy that is not placed:
  bool in_doubt = false;  ///< the broker may have it all the same
  Route route = {};
  std::optional<std::string> message_id = {};
  std::string why = {};  ///< for people, after the copy's name: "came back: 312 NO_ROUTE"
  std::string_view hint = {};
};

/// Publishes copies of deliveries over a session of its own, and says of each when it is placed. A
/// lost session is replaced, and unanswered copies are sent again: then there may be two of one.
class DeliveryCopier final : AnswerListener {
 public:
  /// The session needs publisher confirms. All that is referred to must outlive this object.
  DeliveryCopier(SessionOwner& session, const PublishPlan& plan, const Context& context);

  /// Before the first copy: throws Error, with what the broker says, when this login may not
  /// publish to the default exchange. Throws Interrupted.
  void check_permission();

  /// Sends what is added, and says whether another copy should be added now: adding more only
  /// takes memory.
  [[nodiscard]] bool has_room() { return send(); }
  /// Adds a copy of `delivery` with this route and these properties; has_room() or advance() sends
  /// it.
  void add(const Delivery& delivery, Route route, Properties properties);

  /// Sends, takes the broker's answers, and returns the results that are new, in any order. Throws
  /// Error{timeout} when the broker does not answer for the plan's confirm_timeout, and
  /// Interrupted. When the session has ended for good, the last results are those of its copies,
  /// and error() says why.
  std::vector<CopyResult> advance();
  /// Copies without a result.
  [[nodiscard]] std::size_t under_way() const noexcept { return sender_.unanswered(); }
  /// Why the session has ended and is not replaced; nullptr as long as copies can be added.
  [[nodiscard]] const Error* error() const;

  void append_polled(std::vector<pollfd>& polled) const;
  [[nodiscard]] Deadline wake_at() const;
  /// From now on a lost session is not replaced, for a run that ends.
  void stop_recovering() noexcept { report_.interrupted = true; }
  /// The originals' channel is lost: what is not sent is dropped, and no more results come of the
  /// copies under way.
  void disown();

  /// Counts of the copies; `resent` is how many may be there twice.
  [[nodiscard]] const PublishReport& report() const noexcept { return report_; }
  /// Ends the session politely, and returns the results of the copies under way, which are not
  /// known to be placed.
  std::vector<CopyResult> close(const Deadline& deadline);

 private:
  void answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) override;
  void came_back(const ConfirmWindow::Entry* entry, const Returned& returned) override;
  void ended(const ConfirmWindow::Entry& entry, const Closed& closed, std::size_t left) override;
  bool send();
  void abandon(std::string_view why);
  void conclude(const ConfirmWindow::Entry& entry, bool in_doubt, std::string why,
                std::string_view hint = {});
  [[nodiscard]] bool is_disowned(const ConfirmWindow::Entry& entry) const {
    return entry.number <= tags_begin_;
  }

  SessionOwner& session_;
  const Context& context_;
  PublishReport report_;
  ConfirmedSender sender_;
  TakenExchanges takers_;
  std::vector<CopyResult> results_;
  std::map<std::uint64_t, std::string> returned_;  // why, by the number of a copy
  // The number of a copy is its original's delivery tag and this: tags start again with a channel.
  std::uint64_t tags_begin_ = 0;
  std::uint64_t last_number_ = 0;
};

}  // namespace mscomm
