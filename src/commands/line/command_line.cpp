#include "commands/line/command_line.h"

#include <CLI/CLI.hpp>

namespace mscomm {

void CommandLine::add(const CLI::Option& option) {
  for (const auto& relation : common_) {
    relate(option, relation);
  }
}

DeclaredOption DeclaredOption::defaults_to(const std::string& shown) {
  option_.default_str(shown);
  return *this;
}

DeclaredOption DeclaredOption::only_on_the_line() {
  option_.configurable(false);
  return *this;
}

}  // namespace mscomm
