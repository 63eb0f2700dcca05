#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace mscomm {

/// Why a run, or one item of it, ended. The value is the process's exit status; existing values
/// never change, new ones may be added.
enum class Exit : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unreachable = 3,
  denied = 4,
  timeout = 5,
  partial = 6,
  in_doubt = 7,
  empty = 8,
  violated = 9,
  circuit_open = 10,
  io = 11,
  missed = 12,
  internal = 70,
};

struct ExitRow {
  Exit code;
  std::string_view name;
  std::string_view when;
};

/// Every exit code, in ascending order: the source of `--help`, the man pages and the `outcome`
/// field.
std::span<const ExitRow> exit_table();

/// A code's name in records, for example "in_doubt".
std::string_view exit_name(Exit code);

/// The outcomes of a run's items (messages, targets, requests): a count for each reason.
class Tally {
 public:
  void add(Exit outcome, std::size_t count = 1);
  [[nodiscard]] std::size_t count(Exit outcome) const;
  [[nodiscard]] std::size_t total() const;

 private:
  std::array<std::size_t, 14> counts_{};
};

/// The more serious of two reasons, in the order 70, 11, 2, 7, 4, 3, 5, 10, 9, 1, 6, 12, 8, 0.
Exit worse(Exit a, Exit b);

/// The exit code of a run, from its items' outcomes and the reason that ended the run itself.
///
///   items                               | run         | result
///   ------------------------------------|-------------|------------
///   none, or all ok                     | ok          | ok
///   any of internal, io, in doubt       | any         | the most serious of them and the run's
///   some ok, some failed in another way | ok          | partial
///   some ok, some failed in another way | failed      | partial: it is one of these failures
///   some ok, some failed in another way | a reason    | the more serious of partial and it
///   none ok                             | any         | the most serious
///
/// `usage` promises that nothing was sent, so it counts as partial, whether of an item or of the
/// run, when there is any item of another outcome.
Exit exit_code(const Tally& items, Exit run = Exit::ok);

}  // namespace mscomm
