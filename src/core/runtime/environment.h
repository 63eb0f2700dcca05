#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mscomm {

/// The inherited settings that change mscomm's behaviour, captured once.
struct Environment {
  std::map<std::string, std::string, std::less<>> variables;
  bool stdin_is_terminal = false;
  bool stdout_is_terminal = false;
  bool stderr_is_terminal = false;

  /// Reads the process's own environment. Called once, by main.
  static Environment capture();

  /// A variable's value; an empty one counts as absent.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;

  /// `$XDG_CONFIG_HOME/mscomm`, by default `~/.config/mscomm`; empty when there is no home.
  [[nodiscard]] std::string config_folder() const;

  /// `$XDG_STATE_HOME/mscomm`, by default `~/.local/state/mscomm`; empty when there is no home.
  [[nodiscard]] std::string state_folder() const;

  /// `$XDG_RUNTIME_DIR/mscomm`, which a reboot empties; empty without that variable.
  [[nodiscard]] std::string runtime_folder() const;
};

}  // namespace mscomm
