#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/publish/confirmed_sender.h"
#include "core/publish/publish_plan.h"
#include "core/publish/taken_exchanges.h"
#include "core/telemetry/context.h"

namespace mscomm {

class ResumeFile;
class Writer;

/// Of messages that fail, so many are told one by one.
inline constexpr std::uint64_t kShownFailures = 10;
/// Hints about a returned and a refused message.
inline constexpr std::string_view kUnbound = "no queue is bound for this routing key";
inline constexpr std::string_view kRefusal = "the queue is full and rejects, or a node failed";

/// Counts the outcome of each message in the report, tells failures on stderr, and lists and
/// records every outcome if asked to.
class PublishOutcomes final : public AnswerListener {
 public:
  PublishOutcomes(PublishReport& report, const PublishPlan& plan, const Context& context,
                  Writer* list, ResumeFile* resume = nullptr)
      : report_(report), plan_(plan), context_(context), list_(list), resume_(resume) {}

  void answered(const ConfirmWindow::Entry& entry, ConfirmWindow::Answer answer) override;
  void came_back(const ConfirmWindow::Entry* entry, const Returned& returned) override;
  /// An entry without an answer at the end: returned, only ever refused, never sent, or in doubt.
  void unanswered(const ConfirmWindow::Entry& entry);
  /// Such an entry is refused when its exchange is missing or forbidden, else in doubt.
  void ended(const ConfirmWindow::Entry& entry, const Closed& closed, std::size_t left) override;

  /// Shows counts, rate and time left at the bottom of the terminal; `done` is from 0 to 1.
  void show_progress(Duration elapsed, std::optional<double> done);

  /// Writes the list so far, without blocking.
  void write_list();
  [[nodiscard]] std::size_t unwritten() const;
  [[nodiscard]] int list_fd() const;
  /// Writes the rest of the list; an error goes to the report.
  void finish_list(const Deadline& deadline);

 private:
  [[nodiscard]] bool is_failure(ConfirmWindow::Answer answer) const;
  void describe(const ConfirmWindow::Entry* entry, const Route& route, const std::string& what,
                std::string_view hint);
  void settle(const ConfirmWindow::Entry& entry, Exit outcome, std::string_view answer);
  void list(const ConfirmWindow::Entry& entry, Exit outcome, std::string_view answer);

  PublishReport& report_;
  const PublishPlan& plan_;
  const Context& context_;
  Writer* list_;
  ResumeFile* resume_;
  TakenExchanges takers_;
  std::uint64_t shown_ = 0;
};

}  // namespace mscomm
