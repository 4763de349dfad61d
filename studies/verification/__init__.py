"""What a measured round's answer claims, trained on seeds that nothing has used."""
