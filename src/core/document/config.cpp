#include "core/document/config.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>

#include <algorithm>

#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/runtime/redact.h"
#include "core/runtime/spelling.h"

namespace mscomm {
namespace {

std::string option_name(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string scalar(const toml::node& node, const std::string& where) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* flag = node.as_boolean()) {
    return flag->get() ? "true" : "false";
  }
  if (const auto* number = node.as_integer()) {
    return std::to_string(number->get());
  }
  if (const auto* number = node.as_floating_point()) {
    return fmt::format("{}", number->get());
  }
  throw Error(Exit::usage,
              fmt::format("{}: the value is neither text, number, boolean nor list", where));
}

std::vector<std::string> values_of(const toml::node& node, const std::string& where) {
  std::vector<std::string> values;
  if (const auto* list = node.as_array()) {
    for (const auto& item : *list) {
      values.push_back(scalar(item, where));
    }
  } else {
    values.push_back(scalar(node, where));
  }
  return values;
}

bool looks_secret(std::string_view key, std::string_view value) {
  if (key == "password" || key == "bearer" || (key == "user" && value.find(':') != value.npos)) {
    return true;
  }
  return (key == "header" && is_secret_header_option(value)) || has_password(value);
}

class Reader {
 public:
  Reader(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {}

  Profile read(const std::optional<std::string>& wanted) {
    parse();
    auto name = wanted;
    const toml::table* profiles = nullptr;
    for (const auto& [key, node] : root_) {
      if (key == "profile" && node.is_table()) {
        profiles = node.as_table();
      } else if (key == "default_profile" && node.is_string()) {
        if (!name) {
          name = node.as_string()->get();
        }
      } else {
        throw Error(
            Exit::usage, fmt::format("{}: unknown key '{}'", at(node), key.str()),
            "options stand in a table [profile.NAME]; beside them there is default_profile");
      }
    }
    Profile profile;
    if (!name) {
      return profile;
    }
    profile.name = *name;
    fill(profile, table_of(profiles, *name));
    return profile;
  }

 private:
  void parse() {
    try {
      root_ = toml::parse(text_, path_);
    } catch (const toml::parse_error& e) {
      throw Error(Exit::usage,
                  fmt::format("{}:{}: {}", path_, e.source().begin.line, e.description()));
    }
  }

  [[nodiscard]] std::string at(const toml::node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }

  const toml::table& table_of(const toml::table* profiles, const std::string& name) const {
    std::vector<std::string> names;
    if (profiles != nullptr) {
      for (const auto& [key, node] : *profiles) {
        if (key == name && node.is_table()) {
          return *node.as_table();
        }
        names.emplace_back(key.str());
      }
    }
    const auto near = nearest(name, names);
    auto hint = near.empty() ? fmt::format("it has: {}", fmt::join(names, ", "))
                             : fmt::format("did you mean '{}'?", near);
    throw Error(Exit::usage, fmt::format("{} has no profile '{}'", path_, name),
                names.empty() ? fmt::format("write a table [profile.{}] there", name) : hint);
  }

  void fill(Profile& profile, const toml::table& table) {
    for (const auto& [key, node] : table) {
      if (const auto* command = node.as_table()) {
        auto& settings = profile.by_command[std::string(key.str())];
        for (const auto& [option, value] : *command) {
          add(settings, profile.name, option.str(), value);
        }
      } else {
        add(profile.shared, profile.name, key.str(), node);
      }
    }
  }

  void add(std::map<std::string, Setting, std::less<>>& settings, const std::string& profile,
           std::string_view key, const toml::node& node) {
    const auto name = option_name(key);
    Setting setting{values_of(node, fmt::format("{}: {}", at(node), key)),
                    fmt::format("profile '{}', {}", profile, at(node))};
    for (const auto& value : setting.values) {
      if (looks_secret(name, value)) {
        refuse_if_readable_by_others();
      }
    }
    settings.insert_or_assign(name, std::move(setting));
  }

  void refuse_if_readable_by_others() const {
    struct stat status {};
    if (stat(path_.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
      throw Error(Exit::usage, fmt::format("{} holds a secret and is readable by others", path_),
                  fmt::format("chmod 600 {}", path_));
    }
  }

  std::string path_;
  std::string text_;
  toml::table root_;
};

}  // namespace

Profile load_profile(const Environment& environment, const std::optional<std::string>& config_path,
                     const std::optional<std::string>& profile_name) {
  const auto wanted = profile_name ? profile_name : environment.get("MSCOMM_PROFILE");
  const auto named = config_path ? config_path : environment.get("MSCOMM_CONFIG");
  const auto path = named.value_or(environment.config_folder() + "/config.toml");
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (named) {
      throw Error(Exit::usage, fmt::format("there is no configuration file '{}'", path));
    }
    if (wanted) {
      throw Error(Exit::usage, fmt::format("there is no profile '{}': no file {}", *wanted, path),
                  "write a table [profile.NAME] there, or name another file with --config");
    }
    return {};
  }
  std::string text;
  try {
    text = read_file(path);
  } catch (const Error& e) {
    throw Error(Exit::usage, e.what());
  }
  return Reader(path, std::move(text)).read(wanted);
}

}  // namespace mscomm
