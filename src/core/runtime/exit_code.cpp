#include "core/runtime/exit_code.h"

#include <algorithm>

namespace mscomm {
namespace {

constexpr std::array<ExitRow, 14> kExits{{
    {Exit::ok, "ok",
     "Everything asked for was done and, where the protocol can say so, confirmed."},
    {Exit::failed, "failed",
     "The other side answered and the answer is no: an unexpected HTTP status, a refused or "
     "unroutable message, a queue that is missing or was deleted, a failed check."},
    {Exit::usage, "usage", "A bad option, value, profile or input file; nothing was sent."},
    {Exit::unreachable, "unreachable",
     "Name resolution, connection or TLS failed, or the connection was lost and not recovered."},
    {Exit::denied, "denied", "Authentication or authorisation was refused."},
    {Exit::timeout, "timeout", "A deadline passed before the work was done."},
    {Exit::partial, "partial", "Of several items or targets some succeeded and some did not."},
    {Exit::in_doubt, "in_doubt",
     "Sent, but it is unknown whether it was taken: the connection or the deadline ended before "
     "the confirm, or before the answer to a POST or PATCH."},
    {Exit::empty, "empty", "There was nothing to consume."},
    {Exit::violated, "violated", "An assertion or a contract did not hold."},
    {Exit::circuit_open, "circuit_open",
     "The circuit breaker refused it or, after others, its next attempt."},
    {Exit::io, "io", "Local input could not be read or output could not be written."},
    {Exit::missed, "missed", "A service level objective was missed."},
    {Exit::internal, "internal", "A bug in mscomm."},
}};

// Most serious first.
constexpr std::array kSeverity{Exit::internal, Exit::io,          Exit::usage,   Exit::in_doubt,
                               Exit::denied,   Exit::unreachable, Exit::timeout, Exit::circuit_open,
                               Exit::violated, Exit::failed,      Exit::partial, Exit::missed,
                               Exit::empty,    Exit::ok};
static_assert(kSeverity.size() == kExits.size());

std::size_t row_of(Exit code) {
  const auto* row = std::ranges::find(kExits, code, &ExitRow::code);
  return static_cast<std::size_t>(row - kExits.begin());
}

std::size_t rank_of(Exit code) {
  return static_cast<std::size_t>(std::ranges::find(kSeverity, code) - kSeverity.begin());
}

// Whether success of other items does not reduce this reason to "partial".
bool outweighs_partial(Exit code) { return rank_of(code) <= rank_of(Exit::in_doubt); }

bool is_failure(Exit code) { return rank_of(code) <= rank_of(Exit::partial); }

}  // namespace

std::span<const ExitRow> exit_table() { return kExits; }

std::string_view exit_name(Exit code) { return kExits.at(row_of(code)).name; }

void Tally::add(Exit outcome, std::size_t count) { counts_.at(row_of(outcome)) += count; }

std::size_t Tally::count(Exit outcome) const { return counts_.at(row_of(outcome)); }

std::size_t Tally::total() const {
  std::size_t sum = 0;
  for (const auto count : counts_) {
    sum += count;
  }
  return sum;
}

Exit worse(Exit a, Exit b) { return rank_of(a) <= rank_of(b) ? a : b; }

Exit exit_code(const Tally& items, Exit run) {
  const bool was_sent = items.total() > items.count(Exit::usage);
  const auto weighed = [was_sent](Exit reason) {
    return reason == Exit::usage && was_sent ? Exit::partial : reason;
  };
  Exit worst = Exit::ok;
  for (const auto& row : kExits) {
    if (items.count(row.code) > 0) {
      worst = worse(worst, weighed(row.code));
    }
  }
  const bool mixed = items.count(Exit::ok) > 0 && is_failure(worst);
  if (mixed && !outweighs_partial(worst)) {
    worst = Exit::partial;
    run = run == Exit::failed ? Exit::partial : run;
  }
  return worse(worst, weighed(run));
}

}  // namespace mscomm
