#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands/line/command_line.h"
#include "core/runtime/clock.h"
#include "core/runtime/secret.h"

namespace mscomm {

/// One spelling of an enum's value, for OptionGroup::choice().
template <class E>
struct Choice {
  std::string_view name;
  E value;
};

/// Adds options to a command under one heading of its help.
///
/// `names` are CLI11's: "-q,--queue". The target's value when the option is added is the default
/// that help shows. A scalar that is given twice keeps the last value, a list keeps all, one for
/// each time the option is given. A bad value is an Error{usage} that begins with the option's
/// name. An empty value is one, unless the declaration says may_be_empty(). No option may be
/// CLI11-`required()`: the environment and the profile may still give it, so
/// the command's run() checks what it needs.
class OptionGroup {
 public:
  using Values = std::vector<std::string>;

  OptionGroup(CommandLine& line, std::string heading) : line_(line), heading_(std::move(heading)) {}

  /// A switch; `--name=false` overrides a profile that turns it on.
  DeclaredOption flag(const std::string& names, bool& target, const std::string& help);
  /// A switch that turns `target` off.
  DeclaredOption off_switch(const std::string& names, bool& target, const std::string& help);
  /// A switch that calls `act` as soon as it is met, even if later arguments are wrong.
  DeclaredOption action(const std::string& names, const std::string& help, void (*act)());
  /// A switch that counts, as -vv.
  DeclaredOption counter(const std::string& names, int& target, const std::string& help);

  DeclaredOption text(const std::string& names, std::string& target, const std::string& value_name,
                      const std::string& help);
  DeclaredOption text(const std::string& names, std::optional<std::string>& target,
                      const std::string& value_name, const std::string& help);
  /// `-H a -H b`: one value each time, taken unchanged. Together they replace the default.
  DeclaredOption list(const std::string& names, Values& target, const std::string& value_name,
                      const std::string& help);

  DeclaredOption duration(const std::string& names, Duration& target, const std::string& help);
  DeclaredOption duration(const std::string& names, std::optional<Duration>& target,
                          const std::string& help);
  DeclaredOption size(const std::string& names, std::uint64_t& target, const std::string& help);
  DeclaredOption size(const std::string& names, std::optional<std::uint64_t>& target,
                      const std::string& help);

  /// A whole number from `min` to `max`.
  template <std::unsigned_integral T>
  DeclaredOption number(const std::string& names, T& target, const std::string& value_name,
                        const std::string& help, T min = 0, T max = std::numeric_limits<T>::max()) {
    return number(names, {min, max}, std::to_string(target), value_name, help,
                  [&target](std::uint64_t value) { target = static_cast<T>(value); });
  }
  template <std::unsigned_integral T>
  DeclaredOption number(const std::string& names, std::optional<T>& target,
                        const std::string& value_name, const std::string& help, T min = 0,
                        T max = std::numeric_limits<T>::max()) {
    return number(names, {min, max}, {}, value_name, help,
                  [&target](std::uint64_t value) { target = static_cast<T>(value); });
  }

  /// One of a few words. The help should explain them; a wrong word is answered with the list.
  template <class E, std::size_t N>
  DeclaredOption choice(const std::string& names, E& target,
                        const std::array<Choice<E>, N>& choices, const std::string& value_name,
                        const std::string& help) {
    const auto* const shown = std::ranges::find(choices, target, &Choice<E>::value);
    return choice(
        names, words_of(choices), shown == choices.end() ? "" : std::string(shown->name),
        value_name, help, Bare::refused,
        [&target, choices](std::optional<std::size_t> i) { target = choices.at(*i).value; });
  }

  /// `--name` or `--name=WORD`: `given` says whether the option was there, `target` the word. The
  /// word never stands in an argument of its own, so that `--declare QUEUE` leaves QUEUE alone.
  template <class E, std::size_t N>
  DeclaredOption optional_choice(const std::string& names, bool& given, std::optional<E>& target,
                                 const std::array<Choice<E>, N>& choices,
                                 const std::string& value_name, const std::string& help) {
    return choice(names, words_of(choices), {}, value_name, help, Bare::allowed,
                  [&given, &target, choices](std::optional<std::size_t> i) {
                    given = true;
                    target = i ? std::optional<E>(choices.at(*i).value) : std::nullopt;
                  });
  }

  /// The same with a word that a bare `--name` stands for.
  template <class E, std::size_t N>
  DeclaredOption optional_choice(const std::string& names, std::optional<E>& target, E bare,
                                 const std::array<Choice<E>, N>& choices,
                                 const std::string& value_name, const std::string& help) {
    return choice(names, words_of(choices), {}, value_name, help, Bare::allowed,
                  [&target, bare, choices](std::optional<std::size_t> i) {
                    target = i ? choices.at(*i).value : bare;
                  });
  }

  /// `--name` or `--name=TEXT`, never with the text in an argument of its own.
  DeclaredOption optional_text(const std::string& names, bool& given,
                               std::optional<std::string>& target, const std::string& value_name,
                               const std::string& help);

  /// The path of a file whose first line is the secret; read when the command runs.
  DeclaredOption secret_file(const std::string& names, Secret& target, const std::string& help);
  /// The path of a file that a library opens by its name; one that is no regular file is read when
  /// the command runs, and `target` then names a copy of it.
  DeclaredOption library_file(const std::string& names, std::string& target,
                              const std::string& help);

  /// A scalar or a list that the command parses itself. `parse` gets the value and the option's
  /// name, for example "--header", with which its Error{usage} must begin.
  using Parse = std::function<void(const std::string& value, const std::string& what)>;
  DeclaredOption custom(const std::string& names, const std::string& value_name,
                        const std::string& help, Parse parse);
  DeclaredOption custom_list(const std::string& names, const std::string& value_name,
                             const std::string& help, Parse parse);

  /// A positional argument. `name` is upper case, for example "QUEUE".
  DeclaredOption positional(const std::string& name, std::optional<std::string>& target,
                            const std::string& help);
  DeclaredOption required_positional(const std::string& name, std::string& target,
                                     const std::string& help);
  DeclaredOption positionals(const std::string& name, Values& target, const std::string& help);

 private:
  [[nodiscard]] DeclaredOption declared(CLI::Option* option) const { return {line_, *option}; }
  enum class Bare { refused, allowed };
  template <class E, std::size_t N>
  static Values words_of(const std::array<Choice<E>, N>& choices) {
    Values words;
    for (const auto& each : choices) {
      words.emplace_back(each.name);
    }
    return words;
  }
  // Each `set` takes the Values.
  template <class Set>
  CLI::Option* add(const std::string& names, const std::string& value_name, const std::string& help,
                   Set set);
  template <class Set>
  CLI::Option* add_list(const std::string& names, const std::string& value_name,
                        const std::string& help, Set set);
  template <class Set>
  CLI::Option* add_switch(const std::string& names, const std::string& help, Set set);
  DeclaredOption number(const std::string& names, std::pair<std::uint64_t, std::uint64_t> range,
                        const std::string& shown, const std::string& value_name,
                        const std::string& help, std::function<void(std::uint64_t)> set);
  DeclaredOption choice(const std::string& names, Values words, const std::string& shown,
                        const std::string& value_name, const std::string& help, Bare bare,
                        std::function<void(std::optional<std::size_t>)> set);

  CommandLine& line_;
  std::string heading_;
};

/// Adds examples to the command's help, each a line as typed in a shell.
void set_examples(CommandLine& line, std::initializer_list<std::string_view> lines);

}  // namespace mscomm
