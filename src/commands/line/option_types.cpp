#include "commands/line/option_types.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "core/runtime/duration.h"
#include "core/runtime/error.h"
#include "core/runtime/spelling.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

constexpr int kMany = CLI::detail::expected_max_vector_size;

// "--queue" of "-q,--queue": the option's name in messages.
std::string display_name(const std::string& names) {
  const auto at = names.find("--");
  return at == std::string::npos ? names.substr(0, names.find(','))
                                 : names.substr(at, names.find(',', at) - at);
}

bool parse_bool(const std::string& text, const std::string& what) {
  if (text == "true" || text == "false") {
    return text == "true";
  }
  if (text == "1" || text == "0") {
    return text == "1";
  }
  throw Error(Exit::usage, fmt::format("{}: '{}' is neither true nor false", what, text));
}

std::uint64_t parse_number(const std::string& text, std::pair<std::uint64_t, std::uint64_t> range,
                           const std::string& what) {
  // CLI11's own conversion would read "010" as octal.
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool read = stop == end && !text.empty();
  const bool too_large = read && error == std::errc::result_out_of_range;
  if (!read || (error != std::errc{} && !too_large)) {
    throw Error(Exit::usage,
                fmt::format("{}: '{}' is not a whole number from {} on", what, text, range.first));
  }
  if (too_large || value > range.second) {
    throw Error(Exit::usage, fmt::format("{}: {} is more than {}", what, text, range.second));
  }
  if (value < range.first) {
    throw Error(Exit::usage, fmt::format("{}: {} is less than {}", what, text, range.first));
  }
  return value;
}

std::size_t index_of(const std::vector<std::string>& words, const std::string& text,
                     const std::string& what) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == text) {
      return i;
    }
  }
  const auto near = nearest(text, words);
  throw Error(Exit::usage,
              fmt::format("{}: '{}' is none of {}", what, text, fmt::join(words, ", ")),
              near.empty() ? std::string() : fmt::format("did you mean '{}'?", near));
}

// The shortest text that parse_size reads back.
std::string format_size(std::uint64_t bytes) {
  for (const auto& [name, unit] :
       {std::pair{"GiB", std::uint64_t{1} << 30}, std::pair{"MiB", std::uint64_t{1} << 20},
        std::pair{"KiB", std::uint64_t{1} << 10}}) {
    if (bytes >= unit && bytes % unit == 0) {
      return fmt::format("{}{}", bytes / unit, name);
    }
  }
  return std::to_string(bytes);
}

// Reaches protected members of CLI11. No object is of these types: they only name the members.
struct OpenApp : CLI::App {
  static constexpr auto kOptions = &OpenApp::options_;
};
struct OpenOption : CLI::Option {
  static constexpr auto kCallback = &OpenOption::callback_;
};

// add_option() compares the new names with all earlier ones and copies the callback four times: a
// tenth of each run for the hundred options of `get`. So both are kept from it; the tests of the
// command table check that names are unique.
CLI::Option* add_quickly(CLI::App& app, const std::string& names) {
  auto& options = app.*OpenApp::kOptions;
  auto all = std::exchange(options, {});
  auto* const option = app.add_option(names, CLI::callback_t());
  all.push_back(std::move(options.front()));
  options = std::move(all);
  return option;
}

// An unset shell variable gives an empty value, which would quietly mean something else.
void refuse_empty(const OptionGroup::Values& values, const CLI::Option& option,
                  const CommandLine& line) {
  const auto is_empty = [](const std::string& value) { return value.empty(); };
  if (std::ranges::any_of(values, is_empty) && !line.may_be_empty(option)) {
    throw Error(Exit::usage, fmt::format("{}: it is empty", option.get_name()),
                "leave it out if it is not wanted; is a shell variable unset?");
  }
}

}  // namespace

template <class Set>
CLI::Option* OptionGroup::add(const std::string& names, const std::string& value_name,
                              const std::string& help, Set set) {
  auto* option = add_quickly(line_.app(), names);
  option->*OpenOption::kCallback = [set = std::move(set), option,
                                    &line = line_](const Values& values) {
    refuse_empty(values, *option, line);
    set(values);
    return true;
  };
  line_.add(*option);
  return option->description(help)->group(heading_)->type_name(value_name)->take_last();
}

template <class Set>
CLI::Option* OptionGroup::add_switch(const std::string& names, const std::string& help, Set set) {
  return add(names, {}, help, std::move(set))->expected(0);
}

template <class Set>
CLI::Option* OptionGroup::add_list(const std::string& names, const std::string& value_name,
                                   const std::string& help, Set set) {
  // Without extra arguments `-H a b` leaves b alone and `[1,2]` is not split (CLI11#493).
  return add(names, value_name, help, std::move(set))
      ->expected(1, kMany)
      ->allow_extra_args(false)
      ->take_all();
}

DeclaredOption OptionGroup::flag(const std::string& names, bool& target, const std::string& help) {
  return declared(
      add_switch(names, help, [&target, what = display_name(names)](const Values& values) {
        target = parse_bool(values.back(), what);
      }));
}

DeclaredOption OptionGroup::off_switch(const std::string& names, bool& target,
                                       const std::string& help) {
  return declared(
      add_switch(names, help, [&target, what = display_name(names)](const Values& values) {
        target = !parse_bool(values.back(), what);
      }));
}

DeclaredOption OptionGroup::action(const std::string& names, const std::string& help,
                                   void (*act)()) {
  return declared(add_switch(names, help, [act, what = display_name(names)](const Values& values) {
                    if (parse_bool(values.back(), what)) {
                      act();
                    }
                  })->trigger_on_parse());
}

DeclaredOption OptionGroup::counter(const std::string& names, int& target,
                                    const std::string& help) {
  return declared(
      add_switch(names, help, [&target, what = display_name(names)](const Values& values) {
        target = 0;
        for (const auto& value : values) {
          const bool is_number = value != "true" && value != "false";
          target += is_number ? static_cast<int>(parse_number(value, {0, 9}, what))
                              : static_cast<int>(value == "true");
        }
      })->take_all());
}

DeclaredOption OptionGroup::text(const std::string& names, std::string& target,
                                 const std::string& value_name, const std::string& help) {
  return declared(add(names, value_name, help, [&target](const Values& values) {
                    target = values.back();
                  })->default_str(target));
}

DeclaredOption OptionGroup::text(const std::string& names, std::optional<std::string>& target,
                                 const std::string& value_name, const std::string& help) {
  return declared(
      add(names, value_name, help, [&target](const Values& values) { target = values.back(); }));
}

DeclaredOption OptionGroup::list(const std::string& names, Values& target,
                                 const std::string& value_name, const std::string& help) {
  return declared(add_list(names, value_name, help, [&target](const Values& values) {
                    target = values;
                  })->default_str(fmt::format("{}", fmt::join(target, " "))));
}

DeclaredOption OptionGroup::duration(const std::string& names, Duration& target,
                                     const std::string& help) {
  return custom(names, "DUR", help,
                [&target](const std::string& value, const std::string& what) {
                  target = parse_duration(value, what);
                })
      .defaults_to(format_duration(target));
}

DeclaredOption OptionGroup::duration(const std::string& names, std::optional<Duration>& target,
                                     const std::string& help) {
  return custom(names, "DUR", help, [&target](const std::string& value, const std::string& what) {
    target = parse_duration(value, what);
  });
}

DeclaredOption OptionGroup::size(const std::string& names, std::uint64_t& target,
                                 const std::string& help) {
  return custom(names, "SIZE", help,
                [&target](const std::string& value, const std::string& what) {
                  target = parse_size(value, what);
                })
      .defaults_to(format_size(target));
}

DeclaredOption OptionGroup::size(const std::string& names, std::optional<std::uint64_t>& target,
                                 const std::string& help) {
  return custom(names, "SIZE", help, [&target](const std::string& value, const std::string& what) {
    target = parse_size(value, what);
  });
}

DeclaredOption OptionGroup::number(const std::string& names,
                                   std::pair<std::uint64_t, std::uint64_t> range,
                                   const std::string& shown, const std::string& value_name,
                                   const std::string& help,
                                   std::function<void(std::uint64_t)> set) {
  return custom(names, value_name, help,
                [set = std::move(set), range](const std::string& value, const std::string& what) {
                  set(parse_number(value, range, what));
                })
      .defaults_to(shown);
}

DeclaredOption OptionGroup::choice(const std::string& names, Values words, const std::string& shown,
                                   const std::string& value_name, const std::string& help,
                                   Bare bare, std::function<void(std::optional<std::size_t>)> set) {
  auto take = [set = std::move(set), bare, words = std::move(words),
               what = display_name(names)](const Values& values) {
    if (bare == Bare::allowed && values.back() == "false") {
      return;
    }
    const bool is_bare = bare == Bare::allowed && values.back() == "true";
    set(is_bare ? std::nullopt : std::optional(index_of(words, values.back(), what)));
  };
  auto* const option = bare == Bare::allowed
                           ? add_switch(names, help, std::move(take))
                           : add(names, value_name, help, std::move(take))->default_str(shown);
  return declared(option->type_name(value_name));
}

DeclaredOption OptionGroup::optional_text(const std::string& names, bool& given,
                                          std::optional<std::string>& target,
                                          const std::string& value_name, const std::string& help) {
  return declared(add_switch(names, help, [&given, &target](const Values& values) {
                    given = values.back() != "false";
                    if (given && values.back() != "true") {
                      target = values.back();
                    }
                  })->type_name(value_name));
}

DeclaredOption OptionGroup::secret_file(const std::string& names, Secret& target,
                                        const std::string& help) {
  return custom(names, "FILE", help,
                [&target, &line = line_](const std::string& path, const std::string&) {
                  line.read_later([&target, path](const Context& context) {
                    target = Secret(read_secret(path, context.patience()));
                  });
                });
}

DeclaredOption OptionGroup::library_file(const std::string& names, std::string& target,
                                         const std::string& help) {
  return custom(names, "FILE", help,
                [&target, &line = line_](const std::string& path, const std::string&) {
                  target = path;
                  line.read_later([&target](const Context& context) {
                    target = name_for_library(target, context.patience());
                  });
                });
}

DeclaredOption OptionGroup::custom(const std::string& names, const std::string& value_name,
                                   const std::string& help, Parse parse) {
  return declared(add(names, value_name, help,
                      [parse = std::move(parse), what = display_name(names)](const Values& values) {
                        parse(values.back(), what);
                      }));
}

DeclaredOption OptionGroup::custom_list(const std::string& names, const std::string& value_name,
                                        const std::string& help, Parse parse) {
  return declared(
      add_list(names, value_name, help,
               [parse = std::move(parse), what = display_name(names)](const Values& values) {
                 for (const auto& value : values) {
                   parse(value, what);
                 }
               }));
}

DeclaredOption OptionGroup::positional(const std::string& name, std::optional<std::string>& target,
                                       const std::string& help) {
  return text(name, target, {}, help);
}

DeclaredOption OptionGroup::required_positional(const std::string& name, std::string& target,
                                                const std::string& help) {
  return declared(add(name, {}, help, [&target](const Values& values) { target = values.back(); })
                      ->default_str(target)
                      ->required());
}

DeclaredOption OptionGroup::positionals(const std::string& name, Values& target,
                                        const std::string& help) {
  // CLI11 fills a positional up to the *minimum* it expects; allowing extra arguments instead would
  // split `[::1]`. take_all() lifts the minimum.
  return declared(add_list(name, {}, help, [&target](const Values& values) { target = values; })
                      ->expected(kMany, kMany)
                      ->take_all());
}

void set_examples(CommandLine& line, std::initializer_list<std::string_view> lines) {
  std::string footer = "Examples:\n";
  for (const auto example : lines) {
    footer += fmt::format("  {}\n", example);
  }
  line.app().footer(footer);
}

}  // namespace mscomm
