#include "commands/line/profile.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/document/document_node.h"
#include "core/document/toml.h"
#include "core/runtime/environment.h"
#include "core/runtime/error.h"
#include "core/runtime/redact.h"
#include "core/runtime/spelling.h"

namespace mscomm {
namespace {

using Json = nlohmann::ordered_json;

std::string option_name(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string scalar(const Json& value, const std::string& where) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "true" : "false";
  }
  if (value.is_number_integer()) {
    return std::to_string(value.get<std::int64_t>());
  }
  if (value.is_number()) {
    return fmt::format("{}", value.get<double>());
  }
  throw Error(Exit::usage,
              fmt::format("{}: the value is neither text, number, boolean nor list", where));
}

std::vector<std::string> values_of(const Json& value, const std::string& where) {
  std::vector<std::string> values;
  if (value.is_array()) {
    for (const auto& item : value) {
      values.push_back(scalar(item, where));
    }
  } else {
    values.push_back(scalar(value, where));
  }
  return values;
}

bool looks_secret(std::string_view key, std::string_view value) {
  if (key == "password" || key == "bearer" || (key == "user" && value.find(':') != value.npos)) {
    return true;
  }
  return (key == "header" && is_secret_header_option(value)) || has_secret(value);
}

class Reader {
 public:
  explicit Reader(const DocumentFile& file) : root_(file) {}

  Profile read(const std::optional<std::string>& wanted) {
    auto name = wanted;
    std::optional<DocumentNode> profiles;
    for (const auto& node : root_.children()) {
      if (node.name() == "profile" && node.value().is_object()) {
        profiles = node;
      } else if (node.name() == "default_profile" && node.value().is_string()) {
        if (!name) {
          name = node.value().get<std::string>();
        }
      } else {
        throw Error(
            Exit::usage, fmt::format("{}: unknown key '{}'", at(node), node.name()),
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
  // "config.toml:3"
  static std::string at(const DocumentNode& node) {
    return fmt::format("{}:{}", node.file().title, node.text_place().line);
  }

  [[nodiscard]] DocumentNode table_of(const std::optional<DocumentNode>& profiles,
                                      const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& node : profiles ? profiles->children() : std::vector<DocumentNode>()) {
      if (node.name() == name && node.value().is_object()) {
        return node;
      }
      names.push_back(node.name());
    }
    std::ranges::sort(names);
    const auto near = nearest(name, names);
    auto hint = near.empty() ? fmt::format("it has: {}", fmt::join(names, ", "))
                             : fmt::format("did you mean '{}'?", near);
    throw Error(Exit::usage, fmt::format("{} has no profile '{}'", root_.file().title, name),
                names.empty() ? fmt::format("write a table [profile.{}] there", name) : hint);
  }

  void fill(Profile& profile, const DocumentNode& table) {
    for (const auto& node : table.children()) {
      if (node.value().is_object()) {
        auto& settings = profile.by_command[node.name()];
        for (const auto& option : node.children()) {
          add(settings, profile.name, option);
        }
      } else {
        add(profile.shared, profile.name, node);
      }
    }
  }

  void add(std::map<std::string, Setting, std::less<>>& settings, const std::string& profile,
           const DocumentNode& node) {
    const auto name = option_name(node.name());
    Setting setting{values_of(node.value(), fmt::format("{}: {}", at(node), node.name())),
                    fmt::format("profile '{}', {}", profile, at(node))};
    for (const auto& value : setting.values) {
      if (looks_secret(name, value)) {
        refuse_if_readable_by_others();
      }
    }
    settings.insert_or_assign(name, std::move(setting));
  }

  void refuse_if_readable_by_others() const {
    const auto& path = root_.file().title;
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
      throw Error(Exit::usage, fmt::format("{} holds a secret and is readable by others", path),
                  fmt::format("chmod 600 {}", path));
    }
  }

  DocumentNode root_;
};

}  // namespace

Profile load_profile(const Environment& environment, const std::optional<std::string>& config_path,
                     const std::optional<std::string>& profile_name,
                     const std::function<std::string(const std::string& path)>& read) {
  const auto wanted = profile_name ? profile_name : environment.get("MSCOMM_PROFILE");
  const auto named = config_path ? config_path : environment.get("MSCOMM_CONFIG");
  const auto path = named.value_or(environment.config_folder() + "/config.toml");
  struct stat status {};
  // Without HOME the folder is empty; a folder that may not be searched is as good as none.
  const bool has_place = named || !environment.config_folder().empty();
  if (!has_place || stat(path.c_str(), &status) != 0) {
    if (named) {
      throw Error(Exit::usage, fmt::format("there is no configuration file '{}'", path));
    }
    if (wanted && !has_place) {
      throw Error(Exit::usage, fmt::format("there is no profile '{}': HOME is not set", *wanted),
                  "set HOME or XDG_CONFIG_HOME, or name a file with --config");
    }
    if (wanted) {
      throw Error(Exit::usage, fmt::format("there is no profile '{}': no file {}", *wanted, path),
                  "write a table [profile.NAME] there, or name another file with --config");
    }
    return {};
  }
  std::string text;
  try {
    text = read(path);
  } catch (const Error& e) {
    if (e.reason() != Exit::io) {
      throw;
    }
    throw Error(Exit::usage, e.what());
  }
  const DocumentFile file{"", path, "", std::make_shared<const Document>(parse_toml(text, path))};
  return Reader(file).read(wanted);
}

}  // namespace mscomm
