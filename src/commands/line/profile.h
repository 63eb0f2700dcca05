#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mscomm {

struct Environment;

/// A profile's value for one option; several for a list.
struct Setting {
  std::vector<std::string> values;
  std::string origin;  ///< for messages: "profile 'staging', config.toml:3"
};

/// One `[profile.NAME]` of the configuration file. Option names are the long ones; dash and
/// underscore are equivalent.
struct Profile {
  std::string name;
  std::map<std::string, Setting, std::less<>> shared;
  std::map<std::string, std::map<std::string, Setting, std::less<>>, std::less<>> by_command;
};

/// Reads the profile named by `--config` and `--profile` (or `MSCOMM_PROFILE`, or `default_profile`
/// in the file). Without a file and a name the profile is empty.
///
/// Throws Error{usage} when the file of `--config` does not exist, is not valid TOML (with the
/// line), does not have the profile (with the nearest name), or holds a secret and is readable by
/// others.
/// `read` gives a file's content and says with Error{io} why it cannot; what else it throws leaves
/// as it is.
Profile load_profile(const Environment& environment, const std::optional<std::string>& config_path,
                     const std::optional<std::string>& profile_name,
                     const std::function<std::string(const std::string& path)>& read);

}  // namespace mscomm
