#include "core/runtime/environment.h"

#include <unistd.h>

namespace mscomm {
namespace {

std::string base_folder(const Environment& environment, std::string_view variable,
                        const char* below_home) {
  // The XDG Base Directory Specification ignores a path that is not absolute.
  if (const auto base = environment.get(variable); base && base->starts_with('/')) {
    return *base + "/mscomm";
  }
  const auto home = environment.get("HOME");
  return home ? *home + below_home + "/mscomm" : std::string();
}

}  // namespace

Environment Environment::capture() {
  Environment captured;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (const auto equals = text.find('='); equals != std::string_view::npos) {
      captured.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  captured.stdin_is_terminal = isatty(STDIN_FILENO) == 1;
  captured.stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
  captured.stderr_is_terminal = isatty(STDERR_FILENO) == 1;
  return captured;
}

std::optional<std::string> Environment::get(std::string_view name) const {
  const auto found = variables.find(name);
  if (found == variables.end() || found->second.empty()) {
    return std::nullopt;
  }
  return found->second;
}

std::string Environment::config_folder() const {
  return base_folder(*this, "XDG_CONFIG_HOME", "/.config");
}

std::string Environment::state_folder() const {
  return base_folder(*this, "XDG_STATE_HOME", "/.local/state");
}

std::string Environment::runtime_folder() const {
  const auto base = get("XDG_RUNTIME_DIR");
  return base && base->starts_with('/') ? *base + "/mscomm" : std::string();
}

}  // namespace mscomm
