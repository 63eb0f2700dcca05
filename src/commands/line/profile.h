#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

struct Environment;

/// What a profile says for one option: one value, or several for a list.
struct Setting {
  std::vector<std::string> values;
  std::string origin;  ///< for messages: "profile 'staging', config.toml line 3"
};

/// One `[profile.NAME]` of the configuration file. Option names are the long ones; a dash and an
/// underscore are the same.
struct Profile {
  std::string name;
  std::map<std::string, Setting, std::less<>> shared;
  std::map<std::string, std::map<std::string, Setting, std::less<>>, std::less<>> by_command;
};

/// Reads the profile that `--config` and `--profile` (or `MSCOMM_PROFILE`, or `default_profile` in
/// the file) name. No file and no name is an empty profile.
///
/// Throws Error{usage} for a file that `--config` names and that is not there, for TOML that does
/// not parse (with its line), for a profile that is not there (with the nearest name), and for a
/// file that holds a secret and is readable by others.
Profile load_profile(const Environment& environment, const std::optional<std::string>& config_path,
                     const std::optional<std::string>& profile_name);

}  // namespace mscomm
