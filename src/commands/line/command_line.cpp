#include "commands/line/command_line.h"

#include <CLI/CLI.hpp>

namespace mscomm {

void CommandLine::add(const CLI::Option& option) {
  for (const auto& relation : common_) {
    relate(option, relation);
  }
}

void CommandLine::read_files(const Context& context) {
  for (const auto& read : std::exchange(files_, {})) {
    read(context);
  }
}

DeclaredOption DeclaredOption::may_be_empty() {
  line_.allow_empty(option_);
  return *this;
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
