#include "core/contract/openapi_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/document/json_value.h"
#include "core/runtime/error.h"
#include "core/runtime/text.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

constexpr std::array<std::string_view, 8> kApiMethods{"get",     "put",  "post",  "delete",
                                                      "options", "head", "patch", "trace"};

// The method for a member of a path item, in upper case: methods are case-sensitive (RFC 9110
// section 9.1).
std::string method_of(std::string_view member) {
  std::string method(member);
  std::ranges::transform(method, method.begin(),
                         [](char c) { return static_cast<char>(std::toupper(c)); });
  return method;
}

// The path as the request line has it: without dot segments and query.
std::string requested_path(std::string_view url) {
  const auto normal = resolve_uri(url, url);
  const auto path = split_uri(normal).path;
  return path.empty() ? "/" : std::string(path);
}

std::vector<std::string> values_of_variable(const DocumentNode& variable) {
  std::vector<std::string> values{variable.text("default")};
  const auto allowed = variable.find("enum");
  if (!allowed) {
    values.push_back('{' + variable.name() + '}');  // any value, as in a path template
    return values;
  }
  for (const auto& each : allowed->children()) {
    if (each.value().is_string()) {
      values.push_back(each.value().get<std::string>());
    }
  }
  return values;
}

// The URLs of a server with its variables filled in; a variable for any value stays a parameter.
std::vector<std::string> urls_of_server(const DocumentNode& server) {
  constexpr std::size_t kMostUrls = 1000;
  std::vector<std::string> urls{server.require_object().text("url")};
  const auto variables = server.find("variables");
  for (const auto& variable : variables ? variables->children() : std::vector<DocumentNode>()) {
    const auto name = '{' + variable.name() + '}';
    std::vector<std::string> more;
    for (const auto& url : urls) {
      const auto at = url.find(name);
      for (const auto& value : values_of_variable(variable)) {
        if (at != std::string::npos && more.size() < kMostUrls) {
          more.push_back(std::string(url).replace(at, name.size(), value));
        }
      }
    }
    urls = more.empty() ? urls : more;
  }
  return urls;
}

std::string base_of(const std::string& server_url) {
  std::string base(split_uri(resolve_uri("http://server/", server_url)).path);
  base.resize(base.find_last_not_of('/') + 1);
  return base;
}

bool matches_all(const PathTemplate& base, std::string_view path) {
  std::string_view before;
  return base.match_end(path, before) && before.empty();
}

// The part of a path after a base; nothing when the path is not below it.
std::optional<std::string_view> path_below(const PathTemplate& base, std::string_view path) {
  for (auto end = path.find('/'); end != std::string_view::npos; end = path.find('/', end + 1)) {
    if (matches_all(base, path.substr(0, end))) {
      return path.substr(end);
    }
  }
  return std::nullopt;
}

std::string joined_with_commas(const std::vector<std::string>& words) {
  constexpr std::size_t kMostWords = 20;
  const auto shown = std::span(words).first(std::min(words.size(), kMostWords));
  return fmt::format("{}{}", fmt::join(shown, ", "),
                     shown.size() == words.size()
                         ? std::string()
                         : fmt::format(" and {} more", words.size() - shown.size()));
}

}  // namespace

std::string ApiMatch::title() const { return method_of(member) + ' ' + visible(path); }

ApiPaths::ApiPaths(ApiDocument& document) : document_(document) {
  const auto paths = document.root().find("paths");
  if (!paths) {
    if (document.is_3_0()) {
      document.root().refuse("a description needs the member 'paths'");
    }
    return;
  }
  for (auto& path : paths->require_object().children()) {
    if (path.name().starts_with('/')) {
      templates_.emplace_back(PathTemplate(path.name()), path);
    } else if (!path.name().starts_with("x-")) {
      path.refuse("a path begins with a slash");
    }
  }
  std::ranges::stable_sort(templates_, [](const auto& a, const auto& b) {
    return a.first.is_more_concrete_than(b.first);
  });
}

ApiPaths::Bases ApiPaths::bases_of(const DocumentNode& owner) const {
  Bases bases;
  const auto servers = owner.find("servers");
  for (const auto& server :
       servers ? servers->require_list().children() : std::vector<DocumentNode>()) {
    for (const auto& url : urls_of_server(server)) {
      PathTemplate base(base_of(url));
      if (std::ranges::find(bases, base.text(), &PathTemplate::text) == bases.end()) {
        bases.push_back(std::move(base));
      }
    }
  }
  return bases;
}

const ApiPaths::Bases& ApiPaths::root_bases() {
  if (!root_bases_) {
    root_bases_ = bases_of(document_.root());
    if (root_bases_->empty()) {
      root_bases_->emplace_back("");
    }
  }
  return *root_bases_;
}

bool ApiPaths::has_base(const ApiMatch& match, std::string_view base) {
  auto bases = match.operation ? bases_of(*match.operation) : Bases();
  for (std::size_t i = 0; bases.empty() && i < match.items.size(); ++i) {
    bases = bases_of(match.items[i]);
  }
  const auto& all = bases.empty() ? root_bases() : bases;
  return std::ranges::any_of(all, [base](const auto& each) { return matches_all(each, base); });
}

ApiMatch ApiPaths::open(const DocumentNode& path, const std::string& method) {
  ApiMatch match{"", path.name(), document_.with_references(path), std::nullopt, {}};
  const auto find_operation = [&](std::string_view wanted) {
    const auto* const member = std::ranges::find(kApiMethods, wanted, method_of);
    for (std::size_t i = 0; member != kApiMethods.end() && i < match.items.size(); ++i) {
      if (auto operation = match.items[i].require_object().find(*member)) {
        match.member = *member;
        match.operation = document_.follow(*operation).require_object();
        return true;
      }
    }
    return false;
  };
  if (!find_operation(method) && method == "HEAD") {
    find_operation("GET");
  }
  return match;
}

std::string ApiPaths::near_paths(std::string_view path) const {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& [each, node] : templates_) {
    if (const auto likeness = each.likeness(path); likeness > 0) {
      near.emplace_back(likeness, visible(each.text()));
    }
  }
  constexpr std::size_t kMostNear = 3;
  std::ranges::stable_sort(near, std::greater(), [](const auto& each) { return each.first; });
  near.resize(std::min(near.size(), kMostNear));
  std::vector<std::string> names;
  names.reserve(near.size());
  for (const auto& [likeness, name] : near) {
    names.push_back(name);
  }
  return names.empty() ? "" : fmt::format("; near it: {}", joined_with_commas(names));
}

std::optional<ApiMatch> ApiPaths::find(const std::string& method, std::string_view url,
                                       std::string& problem) {
  const auto path = requested_path(url);
  const PathTemplate* found = nullptr;
  for (const auto& [each, node] : templates_) {
    if (found != nullptr && found->is_more_concrete_than(each)) {
      break;
    }
    std::string_view base;
    auto values = each.match_end(path, base);
    if (!values) {
      continue;
    }
    auto match = open(node, method);
    if (!has_base(match, base)) {
      continue;
    }
    if (match.operation) {
      match.values = std::move(*values);
      return match;
    }
    // Some descriptions have a path twice, with different parameter names.
    problem = found == nullptr ? no_method(method, match) : problem;
    found = &each;
  }
  problem = found == nullptr ? no_path(path) : problem;
  return std::nullopt;
}

std::string ApiPaths::no_method(const std::string& method, const ApiMatch& match) {
  std::vector<std::string> methods;
  for (const auto name : kApiMethods) {
    const auto has_method = [name](const auto& item) { return item.find(name).has_value(); };
    if (std::ranges::any_of(match.items, has_method)) {
      methods.push_back(method_of(name));
    }
  }
  return fmt::format("method {} is not described for {} ({})", visible(method), visible(match.path),
                     methods.empty() ? "no method is" : joined_with_commas(methods));
}

std::string ApiPaths::no_path(const std::string& path) {
  const auto problem = fmt::format("path {} is not described", in_quotes(path));
  std::vector<std::string> bases;
  for (const auto& base : root_bases()) {
    if (const auto below = path_below(base, path)) {
      return problem + near_paths(*below);
    }
    bases.push_back(base.text());
  }
  return fmt::format("{}; its servers are below {}", problem, visible(joined_with_commas(bases)));
}

}  // namespace mscomm
