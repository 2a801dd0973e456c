"""chainrule completion: the script for Tab completion."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script for Tab completion in a shell.

    \b
    In bash:  echo 'eval "$(chainrule completion bash)"' >> ~/.bashrc
    In zsh:   echo 'eval "$(chainrule completion zsh)"' >> ~/.zshrc
    In fish:  chainrule completion fish > ~/.config/fish/completions/chainrule.fish
    """
    complete = get_completion_class(shell)
    assert complete is not None
    root = click.get_current_context().find_root().command
    click.echo(complete(root, {}, "chainrule", "_CHAINRULE_COMPLETE").source())
