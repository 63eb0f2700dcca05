#include "commands/line/relations.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "commands/line/option_traits.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

// "--ack!=auto|none" in its parts.
struct Term {
  bool is_absence = false;  // "!QUEUE"
  std::string name;
  bool excepts = false;       // matches every value except these
  std::string_view values{};  // "auto|none"; empty for any
};

Term parse_term(std::string_view text) {
  Term term;
  if (text.starts_with('!')) {
    term.is_absence = true;
    text.remove_prefix(1);
  }
  const auto equals = text.find('=');
  if (equals != std::string_view::npos) {
    term.values = text.substr(equals + 1);
    text = text.substr(0, equals);
    term.excepts = text.ends_with('!');
    text.remove_suffix(term.excepts ? 1 : 0);
  }
  term.name = text;
  return term;
}

const CLI::Option* find(const CLI::App& app, const std::string& name) {
  return app.get_option_no_throw(name);
}

// A switch that takes a text may have the text "0", which does not turn it off.
bool is_on(const CLI::Option& option, const std::vector<std::string>& values) {
  if (values.empty() || !is_switch(option)) {
    return !values.empty();
  }
  return values.back() != "false" && (values.back() != "0" || !option.get_type_name().empty());
}

bool is_one_of(const std::string& value, std::string_view patterns) {
  for (;;) {
    const auto bar = patterns.find('|');
    const std::string pattern(patterns.substr(0, bar));
    if (fnmatch(pattern.c_str(), value.c_str(), 0) == 0) {
      return true;
    }
    if (bar == std::string_view::npos) {
      return false;
    }
    patterns.remove_prefix(bar + 1);
  }
}

// The options given on the command line and, with candidates, by other sources.
class Given {
 public:
  explicit Given(const CLI::App& app, const Candidates* candidates = nullptr)
      : app_(app), candidates_(candidates) {}

  [[nodiscard]] const CLI::App& app() const { return app_; }

  [[nodiscard]] const Candidate* candidate(const CLI::Option& option) const {
    const auto found =
        candidates_ == nullptr ? Candidates::const_iterator() : candidates_->find(&option);
    return candidates_ == nullptr || found == candidates_->end() ? nullptr : &found->second;
  }

  [[nodiscard]] const std::vector<std::string>& values(const CLI::Option& option) const {
    const auto* const from_elsewhere = candidate(option);
    return from_elsewhere != nullptr ? from_elsewhere->values : option.results();
  }

  /// That of the source, 0 for the command line.
  [[nodiscard]] std::size_t rank(const CLI::Option& option) const {
    const auto* const from_elsewhere = candidate(option);
    return from_elsewhere == nullptr ? 0 : from_elsewhere->source.rank;
  }

  [[nodiscard]] bool has(const CLI::Option& option) const { return is_on(option, values(option)); }

  [[nodiscard]] bool holds(const Term& term) const {
    const auto* const option = find(app_, term.name);
    if (option == nullptr || !has(*option)) {
      return option != nullptr && term.is_absence;
    }
    if (term.is_absence || term.values.empty()) {
      return !term.is_absence;
    }
    const auto& all = values(*option);
    const auto first = is_repeatable(*option) ? all.begin() : all.end() - 1;
    return term.excepts != std::any_of(first, all.end(), [&](const auto& value) {
             return is_one_of(value, term.values);
           });
  }

  [[nodiscard]] bool holds_any(const std::vector<std::string_view>& terms) const {
    return std::ranges::any_of(terms, [&](auto term) { return holds(parse_term(term)); });
  }

 private:
  const CLI::App& app_;
  const Candidates* candidates_;
};

bool is_met(const Relation& relation, const Given& given) {
  const bool is_void = std::ranges::none_of(relation.others, [&](auto other) {
    return find(given.app(), parse_term(other).name) != nullptr;
  });
  return is_void || given.holds_any(relation.others);
}

// "--ack auto" as the user gave it, if the relation depends on the value.
std::string shown(const Term& term, const CLI::Option& option, const Given& given) {
  const auto name = option.get_name();
  return term.values.empty() ? name : fmt::format("{} {}", name, given.values(option).back());
}

// "--type headers", "--url amqps:"
std::string shown_need(const Term& term) {
  if (term.values.empty()) {
    return term.name;
  }
  std::string text = term.name + (term.excepts ? " other than " : " ");
  std::ranges::copy_if(term.values, std::back_inserter(text), [](char c) { return c != '*'; });
  return text;
}

bool is_pattern(const Term& term) { return term.values.find('*') != std::string_view::npos; }

// Whether a source stronger than `rank` gives one of the others, whatever the value.
bool is_overruled(const Relation& relation, std::size_t rank, const Given& given) {
  return std::ranges::any_of(relation.others, [&](auto text) {
    const auto* const other = find(given.app(), parse_term(text).name);
    return other != nullptr && given.has(*other) && given.rank(*other) < rank;
  });
}

bool lacks_need(const CLI::Option& option, const Relations& relations, const Given& given) {
  return std::ranges::any_of(relations, [&](const auto& entry) {
    const auto& [owner, relation] = entry;
    return owner == &option && relation.kind == Relation::Kind::needs && !is_met(relation, given) &&
           (!relation.insists || is_overruled(relation, given.rank(option), given));
  });
}

// Whether an option from the source `rank`, which is stronger, excludes the candidate or is
// excluded by it. A stronger source's own option wins whatever its value: --ack after over a
// profile's reject.
bool is_set_aside(const CLI::Option& candidate, std::size_t rank, const Relations& relations,
                  const Given& given) {
  if (given.rank(candidate) <= rank) {
    return false;
  }
  const auto is_from_there = [&](const CLI::Option& other) {
    return given.has(other) && given.rank(other) == rank;
  };
  return std::ranges::any_of(relations, [&](const auto& entry) {
    const auto& [owner, relation] = entry;
    if (relation.kind != Relation::Kind::excludes || relation.insists) {
      return false;
    }
    return std::ranges::any_of(relation.others, [&, owner = owner](auto text) {
      const auto term = parse_term(text);
      const auto* const other = find(given.app(), term.name);
      if (other == nullptr) {
        return false;
      }
      return owner == &candidate
                 ? is_from_there(*other)
                 : other == &candidate && is_from_there(*owner) && given.holds(term);
    });
  });
}

std::size_t rank_of(const CLI::Option& option, const Sources& sources) {
  const auto found = sources.find(&option);
  return found == sources.end() ? 0 : found->second.rank;
}

// Where the option of the weaker source came from, as the beginning of a message.
std::string origin(const CLI::Option& a, const CLI::Option& b, const Sources& sources) {
  const auto& weaker = rank_of(a, sources) >= rank_of(b, sources) ? a : b;
  const auto found = sources.find(&weaker);
  return found == sources.end() ? std::string() : found->second.name + ": ";
}

void check_need(const CLI::Option& option, const Relation& relation, const Given& given,
                const Sources& sources) {
  if (is_met(relation, given)) {
    return;
  }
  throw Error(Exit::usage,
              fmt::format("{}{} needs {}", origin(option, option, sources), option.get_name(),
                          fmt::join(shown_others(relation, given.app()), " or ")),
              std::string(relation.hint));
}

void check_exclusion(const CLI::Option& option, const Relation& relation, const Given& given,
                     const Sources& sources) {
  for (const auto text : relation.others) {
    const auto term = parse_term(text);
    const auto* const other = find(given.app(), term.name);
    if (other != nullptr && given.holds(term) && !given.holds_any(relation.unless)) {
      throw Error(Exit::usage,
                  fmt::format("{}{} and {} exclude each other", origin(option, *other, sources),
                              option.get_name(), shown(term, *other, given)),
                  std::string(relation.hint));
    }
  }
}

}  // namespace

std::vector<std::string> shown_others(const Relation& relation, const CLI::App& app) {
  std::vector<std::string> names;
  std::vector<std::string>
      patterns;  // less clear to people, so they are shown only when there are no names
  for (const auto text : relation.others) {
    const auto term = parse_term(text);
    if (!term.is_absence && find(app, term.name) != nullptr) {
      (is_pattern(term) ? patterns : names).push_back(shown_need(term));
    }
  }
  return names.empty() ? patterns : names;
}

void drop_idle(Candidates& candidates, const CLI::App& app, const Relations& relations) {
  const Given given(app, &candidates);
  // Judged before any of them goes, so that their order in memory decides nothing.
  const auto drop = [&](const auto& is_to_go) {
    std::vector<const CLI::Option*> gone;
    for (const auto& [option, candidate] : candidates) {
      if (is_to_go(*option)) {
        gone.push_back(option);
      }
    }
    for (const auto* const option : gone) {
      candidates.erase(option);
    }
    return !gone.empty();
  };
  const auto drop_needy = [&] {
    while (drop([&](const auto& option) { return lacks_need(option, relations, given); })) {
    }
  };
  std::size_t weakest = 0;
  for (const auto& [option, candidate] : candidates) {
    weakest = std::max(weakest, candidate.source.rank);
  }
  // From the strongest source on: only what stays sets others aside.
  for (std::size_t rank = 0; rank < weakest; ++rank) {
    if (rank > 0) {
      drop_needy();
    }
    drop([&](const auto& option) { return is_set_aside(option, rank, relations, given); });
  }
  drop_needy();
}

void check_relations(const CLI::App& app, const Relations& relations, const Sources& sources) {
  const Given given(app);
  for (const auto& [option, relation] : relations) {
    if (!given.has(*option)) {
      continue;
    }
    if (relation.kind == Relation::Kind::needs) {
      check_need(*option, relation, given, sources);
    } else {
      check_exclusion(*option, relation, given, sources);
    }
  }
}

}  // namespace mscomm
