#pragma once

#include <set>
#include <string>

#include "core/publish/confirm_window.h"
#include "core/publish/publish_plan.h"
#include "core/telemetry/context.h"

namespace mscomm {

class Writer;

/// Counts what became of each message into a report, says on stderr which failed, and lists them
/// all where that is wanted.
class PublishOutcomes {
 public:
  PublishOutcomes(PublishReport& report, const PublishPlan& plan, const Context& context,
                  Writer* list)
      : report_(report), plan_(plan), context_(context), list_(list) {}

  /// A failure of what an earlier connection may have taken leaves it in doubt.
  void answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer);
  /// `entry` is null for a message that nobody knows.
  void came_back(const ConfirmWindow::Entry* entry, const Returned& returned);
  /// One that is still unanswered at the end: came back, was only ever refused, was never sent, or
  /// is in doubt.
  void unanswered(const ConfirmWindow::Entry& entry);
  /// What the end of a channel or connection means for what was unanswered: that a missing or
  /// forbidden exchange did not take it, or that nobody knows. `left` is how many there are.
  void ended(const ConfirmWindow::Entry& entry, const Closed& closed, std::size_t left);

  /// Shows counts, rate and time left at the bottom of the terminal; `done` is from 0 to 1.
  void show_progress(Duration elapsed, std::optional<double> done);

  /// Writes what is listed so far, as far as it goes without blocking.
  void write_list();
  [[nodiscard]] std::size_t unwritten() const;
  [[nodiscard]] int list_fd() const;
  /// Writes the rest; what goes wrong stands in the report.
  void finish_list(const Deadline& deadline);

 private:
  [[nodiscard]] bool is_failure(ConfirmWindow::Answer answer) const;
  void describe(std::uint64_t number, const Route& route, const std::string& what,
                const std::string& hint);
  void list(const ConfirmWindow::Entry& entry, Exit outcome, std::string_view answer);

  PublishReport& report_;
  const PublishPlan& plan_;
  const Context& context_;
  Writer* list_;
  std::set<std::string> took_some_;  // exchanges
  const std::string* last_taker_ = nullptr;
  std::uint64_t shown_ = 0;
};

}  // namespace mscomm
