#include <vector>

#include "commands/command.h"

namespace mscomm {

std::span<const Command> command_table() {
  static const std::vector<Command> table{};
  return table;
}

}  // namespace mscomm
